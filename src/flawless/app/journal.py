"""The journal of one deploy: in the ledger before and after each step, and in the report at the end."""

from __future__ import annotations

import msgspec

from flawless.errors import UsageError
from flawless.model.plan import StepRecord, StepState
from flawless.ports.clock import Clock
from flawless.ports.ledger import JournalEvent, JournalRecord, Ledger


class DeployJournal:
    """Write-ahead: ``step`` returns when the record is on the disk; ``records`` are the last state of each step."""

    def __init__(self, ledger: Ledger, clock: Clock, stack: str, release: str) -> None:
        self._ledger = ledger
        self._clock = clock
        self._stack = stack
        self._release = release
        self._records: dict[str, StepRecord] = {}

    @property
    def records(self) -> tuple[StepRecord, ...]:
        """Every step in the order in which it began."""
        return tuple(self._records.values())

    def begin(self) -> None:
        """The deploy begins."""
        self._append(JournalEvent.BEGIN)

    def end(self, how: str) -> None:
        """The deploy has ended and left nothing half done."""
        self._append(JournalEvent.END, {"how": how})

    def step(self, record: StepRecord) -> None:
        """A step moved; raise UsageError when that cannot be written, for what is not recorded is not done."""
        self._records[record.id] = record
        self._append(JournalEvent.STEP, msgspec.to_builtins(record), record)

    def undo(self, record: StepRecord) -> None:
        """A step of the way back moved; a full disk must not keep the last good release away."""
        self._records[record.id] = record
        try:
            self._append(JournalEvent.STEP, msgspec.to_builtins(record), record)
        except UsageError as error:
            lost = f"{record.message} (not recorded: {error.what})"
            self._records[record.id] = msgspec.structs.replace(record, message=lost)

    def last(self) -> str:
        """The step under way, for messages; empty when none is."""
        started = [record.id for record in self._records.values() if record.state is StepState.STARTED]
        return started[-1] if started else ""

    def _append(
        self, event: JournalEvent, detail: dict[str, object] | None = None, step: StepRecord | None = None
    ) -> None:
        record = JournalRecord(
            event=event,
            stack=self._stack,
            at=self._clock.now(),
            step=step.id if step else "",
            kind=step.kind.value if step else "",
            state=step.state.value if step else "",
            detail=detail or {},
        )
        self._ledger.journal_append(self._release, record)


def end_interrupted(ledger: Ledger, clock: Clock, stack: str, by: str) -> str:
    """Close the journal of a deploy that was cut off, now that ``by`` takes over; its release id, "" for none."""
    release = ledger.open_deploy(stack)
    if not release:
        return ""
    DeployJournal(ledger, clock, stack, release).end(f"interrupted, taken over by {by}")
    return release
