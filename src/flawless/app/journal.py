"""The journal of one deploy: in the ledger before and after each step, and in the report at the end."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from flawless.errors import UsageError
from flawless.model.plan import StepRecord, StepState
from flawless.model.release import ReleaseState
from flawless.ports.clock import Clock
from flawless.ports.ledger import EVERY, JournalEvent, JournalRecord, Ledger

_ENDED = frozenset({ReleaseState.GOOD, ReleaseState.BAD, ReleaseState.ROLLED_BACK})


class What(Struct, frozen=True):
    """What a journal is of: a deploy, with the data services that it might recreate and the only services it was for,

    or with a ``target`` the return to that release. ``data`` says of a restore what must be run when it was cut off.
    """

    recreate: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    target: str = ""
    data: str = ""


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

    def begin(self, what: What | None = None) -> None:
        """The deploy begins; ``what`` is all that finishing it later needs to know."""
        self._append(JournalEvent.BEGIN, msgspec.to_builtins(what or What()))

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


def interrupted(ledger: Ledger, stack: str) -> tuple[str, What] | None:
    """The journal that began and has not ended: its id and what was being done; None without one."""
    found = ledger.open_deploy(stack)
    if not found:
        return None
    begun = [record.detail for record in ledger.journal(found) if record.event is JournalEvent.BEGIN]
    return found, msgspec.convert(begun[-1] if begun else {}, What, strict=False)


def end_interrupted(ledger: Ledger, clock: Clock, stack: str, by: str, *, good: str = "") -> str:
    """Close the journal of a deploy that was cut off, now that ``by`` takes over; its release id, "" for none.

    A release that did not come to its end is bad from then on, unless it is ``good``: the engine holds it as good.
    """
    release = ledger.open_deploy(stack)
    if not release:
        return ""
    DeployJournal(ledger, clock, stack, release).end(f"interrupted, taken over by {by}")
    unfinished = {row.id for row in ledger.releases(stack, limit=EVERY) if row.state not in _ENDED}
    if release != good and release in unfinished:
        ledger.release_became(release, ReleaseState.BAD)
    return release
