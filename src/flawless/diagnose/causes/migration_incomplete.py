"""The schema is not the one that the program was built for."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="migration-incomplete",
    title="the schema is not the one that the program was built for",
    depth=Depth.SETTING,
    find=said(
        r"relation .[^ ]+. does not exist|column .[^ ]+. (?:of relation .[^ ]+. )?does not exist|Can't "
        r"locate revision identified by|Dirty database version \d+|migration \d+ was previously applied "
        r"but"
    ),
    fix="run the migration job and read what it says: `docker compose run --rm JOB`",
)
