"""Defects and field failures that the files alone do not decide: where they are decided, and by which check."""

from __future__ import annotations

from msgspec import Struct


class Elsewhere(Struct, frozen=True):
    """``level`` is where it is decided: a level of the checks, or ``deploy`` for what deploying itself rules out."""

    number: str
    name: str
    level: str
    checks: tuple[str, ...] = ()
    instead: str = ""


ELSEWHERE = (
    Elsewhere("1 F01", "the image is the stub: it ends without a word", "image", ("stub-build-shipped",)),
    Elsewhere("3", "the engine cannot execute what it is to start", "image", ("start-not-executable",)),
    Elsewhere("7 F06", "the healthcheck calls curl, and the image has none", "image", ("healthcheck-binary-absent",)),
    Elsewhere("8 F07", "the test succeeds with nothing to ask", "image", ("healthcheck-cannot-fail",)),
    Elsewhere("9", "readiness is always 200", "rehearsal", ("readiness-lies",)),
    Elsewhere("10", "a login page answers the healthcheck", "rehearsal", ("healthcheck-wrong-target",)),
    Elsewhere("20 21", "a new password or database on the old volume", "live", ("database-unreachable",)),
    Elsewhere("27 F40", "a secret in a layer, or in the image's own settings", "image", ("secret-in-image",)),
    Elsewhere("28 F19 F20", "a migration that runs twice", "rehearsal", ("migration-not-repeatable",)),
    Elsewhere("29", "a migration that stops half way", "rehearsal", ("migration-fails",)),
    Elsewhere("30", "the former release on the new schema", "rehearsal", ("migration-breaks-previous-release",)),
    Elsewhere("39 F31", "a route that asks nobody who they are", "rehearsal", ("endpoint-unprotected",)),
    Elsewhere("40", "the images of the last good release are pruned", "live", ("rollback-impossible",)),
    Elsewhere("40 F16", "somebody else's container holds the name", "live", ("foreign-container-holds-name",)),
    Elsewhere("F02", "the source does not compile", "image", ("build-fails",)),
    Elsewhere("F04", "a service restarts for ever", "live", ("service-not-running", "container-restarted")),
    Elsewhere("F05", "the API has no port of the host", "live", ("backend-unreachable",)),
    Elsewhere("F09", "a service stays unhealthy", "live", ("service-unhealthy",)),
    Elsewhere("F22", "the program panics when it starts", "live", ("container-restarted",)),
    Elsewhere("F27", "the server cannot fetch the source", "deploy", (), "nothing is stopped before all is built"),
    Elsewhere("F28", "the pipeline itself is broken", "deploy", (), "not part of a stack"),
    Elsewhere("F29", "the code and the schema differ", "rehearsal", ("endpoint-fails",)),
    Elsewhere("F35", "two deploys at once", "deploy", (), "the lease"),
    Elsewhere("F37", "a reading that sees no container", "deploy", (), "what saw nothing is unknown, never fine"),
    Elsewhere("F39", "a repair that was made in a container", "live", ("container-drifted",)),
)
