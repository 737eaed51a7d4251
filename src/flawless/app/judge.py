"""Gathering and judging at some levels, and judging saved facts again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from flawless.app.gather import FIRST, gather, probes_in
from flawless.app.session import Session
from flawless.errors import UsageError
from flawless.judging.catalogue import catalogue
from flawless.judging.run import run
from flawless.judging.select import needed, select
from flawless.judging.waive import waive
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.facts import STACK, Fact, FactKey, Facts, Known
from flawless.model.keys import ALL, INLINE_WAIVERS
from flawless.model.settings import Settings
from flawless.model.stack import Stack
from flawless.ports.bundle import Target
from flawless.wire import json_bytes

FACTS_SCHEMA = "flawless/facts/1"


class Expected(Struct, frozen=True):
    """What should run, for the probes and checks that compare: revision, release, and logs since when.

    ``patience``: how many times its usual time a probe may take.
    """

    revision: str = ""
    release: str = ""
    since: float = 0.0
    patience: float = 1.0


class Judged(Struct, frozen=True):
    """Raw verdicts (nothing waived yet) and the facts behind them."""

    verdicts: tuple[Verdict, ...]
    facts: Facts

    def deeper(self, other: Judged) -> Judged:
        """These verdicts with those of a deeper look laid over them; where that does not apply, the shallower stays."""
        verdicts = {verdict.check: verdict for verdict in self.verdicts}
        for verdict in other.verdicts:
            if verdict.check not in verdicts or verdict.outcome is not Outcome.NOT_APPLICABLE:
                verdicts[verdict.check] = verdict
        return Judged(tuple(verdicts.values()), self.facts.merged(other.facts))


NOTHING = Judged((), Facts())


class Beside(Struct, frozen=True):
    """Facts that no probe tells, on their way, and their keys."""

    keys: tuple[FactKey[Any], ...]
    facts: Awaitable[Iterable[Fact]]


async def _none() -> Iterable[Fact]:
    return ()


def prepare() -> None:
    """Load the checks and the probes of files; done in a thread while Compose reads the stack, it costs no time."""
    catalogue()
    for folder in FIRST:
        probes_in(folder)


async def judge(
    session: Session,
    levels: Iterable[Level],
    *,
    only: Iterable[str] = (),
    expected: Expected = Expected(),  # noqa: B008  (frozen)
    extra: Iterable[Fact] = (),
    beside: Beside | None = None,
    window: float = 0.0,
) -> Judged:
    """Look and judge at the deepest of the levels; ``extra`` are facts that the caller already has.

    ``beside`` are facts that the caller finds out while the probes look. ``window`` is how many seconds a soak lasts:
    rules that need a longer one are left out.
    """
    wanted = only or session.asked.only
    asked = session.asked
    chosen = select(
        catalogue().values(), levels, session.settings, wanted, window=window, slow=asked.slow, active=asked.active
    )
    have, besides = Facts(extra), {key.name for key in beside.keys} if beside else set()
    keys = [key for key in (*needed(chosen), INLINE_WAIVERS) if key.name not in besides and not have.of(key)]
    target = Target(
        session.stack,
        session.settings,
        session.ports,
        expected.revision,
        expected.release,
        expected.since,
        active=asked.active,
        patience=expected.patience,
    )
    gathered, found = await asyncio.gather(gather(target, keys), beside.facts if beside else _none())
    if session.ports.relay:
        session.ports.relay.rest()
    facts = gathered.merged(have).merged(found)
    return Judged(run(chosen, session.stack, facts), facts)


class SavedFacts(Struct, frozen=True, kw_only=True):
    """A run's facts as they are saved: enough to judge again with no engine and no files."""

    schema: str
    stack: Stack
    settings: Settings
    phase: str
    now: float
    levels: tuple[tuple[str, Level], ...]
    facts: list[dict[str, Any]]


def save_facts(session: Session, phase: str, judged: Judged) -> bytes:
    """The facts of a run as JSON."""
    levels = tuple((verdict.check, verdict.level) for verdict in judged.verdicts)
    saved = SavedFacts(
        schema=FACTS_SCHEMA,
        stack=session.stack,
        settings=session.settings,
        phase=phase,
        now=session.ports.clock.now(),
        levels=levels,
        facts=judged.facts.to_json(),
    )
    return msgspec.json.format(json_bytes(saved), indent=1)


def load_facts(text: str, path: str) -> tuple[SavedFacts, Facts]:
    """Read saved facts; raise UsageError when they are not what ``save_facts`` wrote."""
    try:
        saved = msgspec.json.decode(text, type=SavedFacts)
        if saved.schema != FACTS_SCHEMA:
            raise UsageError(f"{path} has schema {saved.schema}, this flawless reads {FACTS_SCHEMA}")
        today(saved.now)
        return saved, Facts.from_json(saved.facts, ALL)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"{path} does not hold saved facts: {error}", remedy="name a facts.json") from error


def judge_saved(saved: SavedFacts, facts: Facts) -> Judged:
    """The same checks at the same levels over the saved facts."""
    known = catalogue()
    chosen = []
    for name, level in saved.levels:
        check = known.get(name)
        rule = check.rule_at([level]) if check else None
        if check and rule:
            seen = all(facts.of(key) for key in rule.slow_built)
            chosen.append((check, rule.waited_for() if seen else rule))
    return Judged(run(chosen, saved.stack, facts), facts)


def waived(judged: Judged, settings: Settings, now: float) -> tuple[Verdict, ...]:
    """The verdicts with the waivers of flawless.toml and of comments applied, and the complaints about stale ones."""
    reading = judged.facts.get(INLINE_WAIVERS, STACK)
    inline = reading.value if isinstance(reading, Known) else ()
    return waive(judged.verdicts, settings.waivers, today(now), inline, catalogue())


def today(now: float) -> Any:
    """The date in UTC of a time in seconds since the epoch."""
    return datetime.fromtimestamp(now, UTC).date()
