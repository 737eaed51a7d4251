"""The database does not accept the password."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="database-password",
    title="the database does not accept the password",
    depth=Depth.SETTING,
    find=said(r"password authentication failed for user"),
    fix="an old volume keeps its first password: `docker compose exec DATABASE psql -U USER -c "
    "'\\password'` sets the new one",
)
