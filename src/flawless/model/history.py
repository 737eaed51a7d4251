"""History as lists show it: one row a run, one row a release."""

from __future__ import annotations

from msgspec import Struct

from flawless.model.release import ReleaseState


class RunRow(Struct, frozen=True):
    """One run in a list; ``started`` is ISO 8601 in UTC."""

    run_id: str
    stack: str
    phase: str
    started: str
    seconds: float
    exit_code: int
    go: bool
    reason: str


class ReleaseRow(Struct, frozen=True, kw_only=True):
    """One release in a list; ``created`` in seconds since the epoch, ``images`` by service."""

    id: str
    stack: str
    revision: str
    state: ReleaseState
    created: float
    parent: str = ""
    images: dict[str, str] = {}
