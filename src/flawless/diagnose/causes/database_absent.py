"""The database that is asked for does not exist."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="database-absent",
    title="the database that is asked for does not exist",
    depth=Depth.SETTING,
    find=said(r"database .[^.\s]+. does not exist"),
    fix="`docker compose exec DATABASE createdb -U USER NAME`: POSTGRES_DB works only on an empty volume",
)
