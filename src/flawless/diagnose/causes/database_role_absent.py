"""The database user does not exist."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="database-role-absent",
    title="the database user does not exist",
    depth=Depth.SETTING,
    find=said(r"role .[^ ]+. does not exist"),
    fix="`docker compose exec DATABASE createuser NAME`: POSTGRES_USER works only on an empty volume",
)
