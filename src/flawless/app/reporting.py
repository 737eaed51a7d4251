"""From verdicts to a report, kept in the ledger and beside the stack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from msgspec import Struct, structs

from flawless import __version__
from flawless.app.judge import Judged, save_facts, waived
from flawless.app.session import Session
from flawless.errors import UsageError
from flawless.judging.catalogue import catalogue
from flawless.judging.checklist import checklist
from flawless.judging.gate import gate
from flawless.judging.run import evidence_of
from flawless.model.check import Level, Verdict
from flawless.model.facts import Facts
from flawless.model.fix import Fix
from flawless.model.keys import WINDOW
from flawless.model.report import SCHEMA, Decision, Report, Soak, StackRef, Tool
from flawless.model.settings import Settings
from flawless.model.stack import Stack
from flawless.ports.clock import iso
from flawless.soak.verdict import soak_of


class Run(Struct, frozen=True):
    """One run of a command: its id, what it is, when it began."""

    id: str
    phase: str
    started: float


def begin(session: Session, phase: str) -> Run:
    """A run that starts now."""
    now = session.ports.clock.now()
    return Run(session.ports.ids.new(now), phase, now)


def decide(session: Session, judged: Judged) -> Decision:
    """The gate's decision on some verdicts."""
    verdicts = waived(judged, session.settings, session.ports.clock.now())
    return gate(verdicts, session.settings, session.asked.allow_unknown)


def make_report(
    session: Session,
    run: Run,
    judged: Judged,
    *,
    revision: str,
    decision: Decision | None = None,
    window: float = 0.0,
    done: Mapping[str, tuple[bool, str]] | None = None,
    notes: tuple[str, ...] = (),
    fixes: tuple[Fix, ...] = (),
) -> Report:
    """The report of a run. ``window`` is the soak in seconds; ``done`` are actions of this run by checklist item."""
    now = session.ports.clock.now()
    verdicts = waived(judged, session.settings, now)
    soak = soak_told(session.stack, session.settings, judged.facts, verdicts, session.asked.allow_unknown)
    return Report(
        schema=SCHEMA,
        tool=Tool("flawless", __version__),
        run_id=run.id,
        phase=run.phase,
        started=iso(run.started),
        seconds=round(now - run.started, 3),
        stack=StackRef(session.stack.name, session.stack.digest, revision),
        decision=decision or _decision(gate(verdicts, session.settings, session.asked.allow_unknown), soak),
        verdicts=verdicts,
        checklist=checklist(verdicts, catalogue().values(), window=window, done=done),
        notes=notes,
        evidence=evidence_of(judged.facts),
        fixes=fixes,
        soak=soak,
    )


def _decision(decision: Decision, soak: Soak | None) -> Decision:
    said = f"; the soak of {soak.seconds:.0f} s was {soak.verdict}" if soak else ""
    return structs.replace(decision, reason=decision.reason + said)


def soak_told(
    stack: Stack, settings: Settings, facts: Facts, verdicts: Iterable[Verdict], allowed: Iterable[str]
) -> Soak | None:
    """What the report says of the soak; None when there was none."""
    mine = [verdict for verdict in verdicts if verdict.level is Level.SOAK]
    return soak_of(stack, facts, gate(mine, settings, allowed)) if mine and facts.of(WINDOW) else None


@asynccontextmanager
async def page_at_hand() -> AsyncIterator[None]:
    """The template of the page is read beside what is done meanwhile, which mostly waits."""
    reading = asyncio.create_task(asyncio.to_thread(_read_template))
    try:
        yield
    finally:
        await reading


def _read_template() -> None:
    from flawless.report.as_html import template

    template()


def keep(session: Session, report: Report, judged: Judged, *, page: bool = True) -> Report:
    """Record the run and write report and facts beside the stack; ``page``: the HTML report too.

    A folder that cannot be written costs the record, not the verdict: a note says so.
    """
    facts = save_facts(session, report.phase, judged)
    try:
        ledger = session.ledger()
        try:
            ledger.record_run(report, facts)
        finally:
            ledger.close()
        write_files(session, report, facts, page=page)
    except UsageError as error:
        note = f"this run was not recorded: {error.what}"
        return structs.replace(report, notes=(*report.notes, note))
    return report


def write_files(session: Session, report: Report, facts: bytes, *, page: bool) -> None:
    """``report.json``, ``facts.json`` and, when asked for, ``report.html`` in the stack's own folder."""
    from flawless.report.as_json import to_json

    files = session.ports.files
    files.write(session.folder / "report.json", to_json(report).encode(), 0o644)
    files.write(session.folder / "facts.json", facts, 0o644)
    if page:
        from flawless.report.as_html import to_html

        files.write(session.folder / "report.html", to_html(report).encode(), 0o644)
