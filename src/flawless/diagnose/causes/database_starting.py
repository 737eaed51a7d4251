"""The database was still starting."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="database-starting",
    title="the database was still starting",
    depth=Depth.NEIGHBOUR,
    find=said(r"the database system is starting up|the database system is not yet accepting connections"),
    fix="under services.{service}: `depends_on` the database with `condition: service_healthy`",
)
