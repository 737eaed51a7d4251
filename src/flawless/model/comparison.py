"""Two runs beside each other: what a reader of the second one wants to know of the first."""

from __future__ import annotations

from msgspec import Struct

from flawless.model.change import Change
from flawless.model.check import Outcome, Severity
from flawless.model.plan import Traffic

SCHEMA = "flawless/comparison/1"


class RunRef(Struct, frozen=True):
    """One of the two runs: what it was, how long it took in seconds, and how it ended."""

    run_id: str
    stack: str
    phase: str
    started: str
    seconds: float
    go: bool
    exit_code: int
    reason: str
    revision: str
    release: str = ""


class Moved(Struct, frozen=True):
    """A check that both runs asked and that ended in another way."""

    check: str
    title: str
    severity: Severity
    before: Outcome
    after: Outcome


class Told(Struct, frozen=True):
    """A failure of one subject, as the run that has it words it."""

    check: str
    subject: str
    severity: Severity
    message: str


class StepTimes(Struct, frozen=True):
    """A step and its seconds in both runs; None where the run had no such step."""

    id: str
    before: float | None
    after: float | None


class Comparison(Struct, frozen=True, kw_only=True):
    """All that differs. A failure is ``gone`` only when the later run looked and found it right.

    ``waived`` are failures of the first run that the second one accepts, ``lost`` those of which it could not tell;
    ``only_before`` and ``only_after`` the checks that one of the runs did not ask. ``images`` is None when the ledger
    does not know both releases.
    """

    before: RunRef
    after: RunRef
    moved: tuple[Moved, ...] = ()
    new: tuple[Told, ...] = ()
    gone: tuple[Told, ...] = ()
    waived: tuple[Told, ...] = ()
    lost: tuple[Told, ...] = ()
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    steps: tuple[StepTimes, ...] = ()
    traffic: tuple[Traffic | None, Traffic | None] = (None, None)
    images: tuple[Change, ...] | None = None
    notes: tuple[str, ...] = ()
