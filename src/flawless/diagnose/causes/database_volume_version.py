"""The database's volume was made by another major version."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="database-volume-version",
    title="the database's volume was made by another major version",
    depth=Depth.STORE,
    find=said(r"database files are incompatible with server"),
    fix="go back to the image of the version that made the volume; dump with it, and restore with the new one",
)
