"""The database was given no password for an empty volume."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="database-password-unset",
    title="the database was given no password for an empty volume",
    depth=Depth.STORE,
    find=said(r"Database is uninitialized and superuser password is not specified"),
    fix="set POSTGRES_PASSWORD_FILE (a Compose secret) for {service}",
)
