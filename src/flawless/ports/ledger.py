"""What history answers: runs with reports and facts, releases, the journal of each deploy, readings and alerts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from flawless.model.alerts import Alert, Block
from flawless.model.history import ReleaseRow, RunRow
from flawless.model.release import ReleaseState
from flawless.model.report import Report

__all__ = ["JournalEvent", "JournalRecord", "Ledger", "ReleaseRow", "RunRow"]

EVERY = 100_000
"""A limit that is none."""


class JournalEvent(StrEnum):
    """What a journal entry says: the deploy begins, a step moves, the deploy ends."""

    BEGIN = "begin"
    STEP = "step"
    END = "end"


class JournalRecord(Struct, frozen=True, kw_only=True):
    """One entry of a deploy's journal; ``at`` in seconds since the epoch.

    ``step``, ``kind`` and ``state`` are those of a ``StepRecord`` and empty for begin and end; ``detail`` is plain
    data, such as the plan with a begin or the evidence with a proved step.
    """

    event: JournalEvent
    stack: str
    at: float
    step: str = ""
    kind: str = ""
    state: str = ""
    detail: dict[str, Any] = {}


class Ledger(Protocol):
    """The history of stacks. Every call is synchronous and short; what cannot be done is a UsageError."""

    def record_run(self, report: Report, facts: bytes = b"") -> None:
        """Keep a report and the JSON of the facts it was judged from; a run of the same id is replaced."""

    def runs(self, stack: str = "", limit: int = 20) -> Sequence[RunRow]:
        """The last runs of a stack (of all stacks for ""), newest first."""

    def run(self, run_id: str) -> Report | None:
        """The report of a run, or None."""

    def latest_run(self, stack: str = "") -> Report | None:
        """The report of the newest run, or None."""

    def facts(self, run_id: str) -> bytes | None:
        """The JSON of the facts of a run, or None when none were kept."""

    def record_release(self, release: ReleaseRow) -> None:
        """Keep a release; one of the same id is replaced."""

    def release_became(self, release_id: str, state: ReleaseState) -> None:
        """Change the state of a release; UsageError when it is not kept here."""

    def releases(self, stack: str = "", limit: int = 20) -> Sequence[ReleaseRow]:
        """The last releases of a stack (of all stacks for ""), newest first."""

    def release(self, release_id: str) -> ReleaseRow | None:
        """A release, or None when it is not kept here."""

    def journal_append(self, release_id: str, record: JournalRecord) -> None:
        """Add an entry to the journal of a deploy; it is on the disk when this returns."""

    def journal(self, release_id: str) -> Sequence[JournalRecord]:
        """The journal of a deploy, oldest first."""

    def open_deploy(self, stack: str) -> str | None:
        """The release whose journal began and has not ended; the newest, if there are several. None without one."""

    def keep_samples(self, stack: str, blocks: Sequence[Block]) -> None:
        """Keep readings, none of the blocks empty."""

    def drop_samples(self, most: int) -> int:
        """Forget the oldest readings of all stacks until no more than ``most`` bytes are left; how many blocks went."""

    def samples(self, stack: str, since: float = 0.0) -> Sequence[Block]:
        """The readings of a stack whose blocks began at that time or later, the oldest first."""

    def record_alert(self, stack: str, alert: Alert) -> None:
        """Keep an alert; one that was kept when it was raised is replaced."""

    def alerts(self, stack: str, since: float = 0.0) -> Sequence[Alert]:
        """The alerts of a stack that last, or were cleared at that time or later, the newest first."""

    def close(self) -> None:
        """End the use of the ledger."""
