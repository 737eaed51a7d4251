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
    Elsewhere(
        "10",
        "a login page answers the healthcheck; not seen where the image's own program asks, as in the reference stack",
        "rehearsal",
        ("healthcheck-wrong-target",),
    ),
    Elsewhere("30", "the former release on the new schema", "rehearsal", ("migration-breaks-previous-release",)),
    Elsewhere("F27", "the server cannot fetch the source", "deploy", (), "nothing is stopped before all is built"),
    Elsewhere("F28", "the pipeline itself is broken", "deploy", (), "not part of a stack"),
    Elsewhere("F35", "two deploys at once", "deploy", (), "the lease"),
    Elsewhere("F37", "a reading that sees no container", "deploy", (), "what saw nothing is unknown, never fine"),
)
