"""``flawless debug SERVICE``: one service again with more in its log, and back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct, structs

from flawless.app.gather import gather
from flawless.app.giving_up import BACK, NOT_BACK
from flawless.app.journal import DeployJournal, What, end_interrupted
from flawless.app.judge import NOTHING
from flawless.app.leasing import lease_of
from flawless.app.partial import refuse_unknown
from flawless.app.reporting import begin, keep, make_report
from flawless.app.returning import by_hand
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.app.sites import config_hashes, make_site, running, write_model
from flawless.app.talking import DEBUG_LABEL, assignments, louder, talkative
from flawless.app.verify import store_of
from flawless.deploy.plan import Options, plan
from flawless.deploy.runner import walk
from flawless.deploy.site import observe
from flawless.errors import EngineError, FlawlessError, RefusedError, UsageError
from flawless.model.facts import STACK, Known
from flawless.model.keys import SOURCES
from flawless.model.plan import Plan, StepRecord
from flawless.model.release import Release
from flawless.model.report import Decision, Report
from flawless.model.stack import DATA_ROLES, Role
from flawless.ports.bundle import Ports, Target
from flawless.ports.clock import iso
from flawless.ports.engine import PROJECT_LABEL, SERVICE_LABEL

_OFF = "flawless debug --off"


class DebugOptions(Struct, frozen=True):
    """Which service, how loud, for how many seconds, and what to set instead of the variable that is found."""

    service: str
    level: str = "debug"
    seconds: float = 900.0
    given: tuple[str, ...] = ()


class _Switched(Struct, frozen=True):
    """How a switch went: why not ("" when it did), why the way back failed ("" when it did not), and its steps."""

    problem: str = ""
    lost: str = ""
    steps: tuple[StepRecord, ...] = ()
    plan: Plan | None = None


async def debug(
    root: Path,
    ports: Ports,
    asked: Asked,
    options: DebugOptions,
    progress: Progress,
    *,
    line: Callable[[str], None],
) -> Report | str:
    """Switch a service to more log, hand its lines to ``line`` until time is over or the work is cancelled, and back.

    The report is that of the way back, or of a switch that failed. Raise UsageError for a service that cannot be.
    """
    session = await open_session(root, ports, asked, progress)
    session.make_folder()
    service = options.service
    release = await _release(session, service)
    variables = assignments(options.given) or await _found(session, service, options.level)
    until = iso(ports.clock.now() + options.seconds)
    work = asyncio.current_task()
    try:
        report = await _loud(session, release, service, variables, until)
        if not report.decision.go:
            return report
        progress(f"{report.decision.reason}; Ctrl-C returns it before that")
        await _followed(session, service, options.seconds, line)
    except asyncio.CancelledError:
        if work is not None:
            work.uncancel()  # it is asked to end, and ending means to return first
        progress(f"returning {service}; if this is cut off too: {_OFF}")
    return await _quiet(session, (service,), surely=True)


async def debug_off(root: Path, ports: Ports, asked: Asked, service: str, progress: Progress) -> Report | str:
    """Return what is debugged, all services for ""; the report, or a sentence when nothing is."""
    session = await open_session(root, ports, asked, progress)
    session.make_folder()
    return await _quiet(session, (service,) if service else ())


async def _release(session: Session, service: str) -> Release:
    """The good release that runs; UsageError where there is none, or for a service that is not to be replaced."""
    release = await store_of(session).last_good()
    if release is None:
        raise UsageError("no good release is recorded that could be returned to", remedy="flawless deploy makes one")
    refuse_unknown(session.stack, (service,), release)
    found = session.stack.service(service)
    if found is None or found.role in {*DATA_ROLES, Role.JOB}:
        what = f"{service} is a {found.role.value if found else 'stranger'}: it is not replaced for its log"
        raise UsageError(what, remedy="change its log level with its own tools")
    return release


async def _found(session: Session, service: str, level: str) -> dict[str, str]:
    """The variable, by what a container of it has and by what its source reads."""
    facts = await gather(Target(session.stack, session.settings, session.ports), [SOURCES])
    reading = facts.get(SOURCES, STACK)
    labels = [f"{PROJECT_LABEL}={session.stack.name}", f"{SERVICE_LABEL}={service}"]
    containers = await session.ports.engine.containers(labels, running_only=True)
    env = dict(word.split("=", 1) for raw in containers[:1] for word in raw["Config"].get("Env") or () if "=" in word)
    return louder(service, env, reading.value if isinstance(reading, Known) else (), level)


async def _loud(session: Session, release: Release, service: str, variables: dict[str, str], until: str) -> Report:
    async with lease_of(session, f"debug {service}"):
        made = talkative(release, service, variables, until)
        hashes = await config_hashes(session, write_model(session, made))
        hashed = (structs.replace(each, config_hash=hashes.get(each.name, "")) for each in made.services)
        made = structs.replace(made, services=tuple(hashed))
        names = ", ".join(variables)
        reason = f"{service} runs with {names} set for its log until {until}"
        return await _recorded(session, "debug", reason, lambda: _switch(session, made, (service,), release))


async def _quiet(session: Session, wanted: tuple[str, ...], *, surely: bool = False) -> Report | str:
    """Bring the good release's own containers back, where some of these (all for none) are debugged.

    ``surely``: whatever their containers look like, for a switch that was cut off may have left none.
    """
    try:
        async with lease_of(session, "the end of debug"):
            loud = await debugged(session)
            mine = wanted if surely else tuple(name for name in loud if not wanted or name in wanted)
            if not mine:
                return "nothing is debugged" if not wanted else f"{', '.join(wanted)} is not debugged any more"
            release = await store_of(session).last_good()
            if release is None:
                raise UsageError("the release to return to is gone", remedy="flawless deploy makes a new one")
            reason = f"{', '.join(mine)} runs as release {release.id} has it again"
            return await _recorded(session, "debug-off", reason, lambda: _switch(session, release, mine, release))
    except RefusedError as refused:
        remedy = f"a deploy returns it by itself; otherwise: {_OFF}"
        raise RefusedError(f"not returned yet: {refused.what}", where=refused.where, remedy=remedy) from refused


async def debugged(session: Session) -> dict[str, str]:
    """Until when each service is debugged, by the labels of its containers; the time may be over."""
    found = await session.ports.engine.containers([f"{PROJECT_LABEL}={session.stack.name}"])
    labels = [raw["Config"].get("Labels") or {} for raw in found]
    return {each[SERVICE_LABEL]: each[DEBUG_LABEL] for each in labels if DEBUG_LABEL in each and SERVICE_LABEL in each}


async def _switch(session: Session, wanted: Release, services: tuple[str, ...], good: Release) -> _Switched:
    """Walk some services to a release by an ordinary plan; where that fails, to the good one."""
    ledger = session.ledger()
    journal = DeployJournal(ledger, session.ports.clock, session.stack.name, session.ports.ids.new(_now(session)))
    try:
        end_interrupted(ledger, session.ports.clock, session.stack.name, "flawless debug", good=good.id)
        journal.begin(What(target=good.id))
        try:
            made = await _walked(session, wanted, services, journal)
            found = _Switched(steps=journal.records, plan=made)
        except FlawlessError as error:
            found = _Switched(error.what, await _back(session, good, services, journal), journal.records)
        if not found.lost:
            journal.end("debug")
        return found
    finally:
        ledger.close()


def _now(session: Session) -> float:
    return session.ports.clock.now()


async def _back(session: Session, good: Release, services: tuple[str, ...], journal: DeployJournal) -> str:
    try:
        await _walked(session, good, services, journal)
    except FlawlessError as error:
        return error.what
    return ""


async def _walked(session: Session, wanted: Release, services: tuple[str, ...], journal: DeployJournal) -> Plan:
    site = make_site(session, wanted, write_model(session, wanted))
    options = Options(closing=False, recreate=services, migrate=False, only=services)
    now = await running(session, site.stack)
    made = plan(site.stack, site.wanted, now, options, release=wanted.id, parent=wanted.parent)
    for each in made.services:
        if each.service in services:
            session.progress(f"plan: {each.service} {each.strategy.value}: {each.why}")
    await walk(site, made.steps, journal.step)
    return made


async def _recorded(session: Session, phase: str, reason: str, work: Callable[[], Awaitable[_Switched]]) -> Report:
    """The report of a switch, kept in the history."""
    run = begin(session, phase)
    found = await work()
    decision = Decision(True, 0, reason)
    if found.problem:
        decision = Decision(False, BACK, f"{found.problem}; it runs as the good release has it")
    if found.lost:
        release = await store_of(session).last_good()
        remedy = by_hand(session, release)
        decision = Decision(False, NOT_BACK, f"{found.problem}; the way back failed too: {found.lost}. run: {remedy}")
    report = make_report(session, run, NOTHING, revision="", decision=decision)
    services = found.plan.services if found.plan else ()
    return keep(session, structs.replace(report, steps=found.steps, services=services), NOTHING)


async def _followed(session: Session, service: str, seconds: float, line: Callable[[str], None]) -> None:
    """Hand over each line of its containers until the time is over or the last of them ended."""
    states = (await observe(session.stack, session.ports)).get(service, ())
    end = asyncio.get_running_loop().time() + seconds
    try:
        async with asyncio.timeout_at(end):
            await asyncio.gather(*(_lines(session, state.id, state.started_at, line) for state in states))
    except TimeoutError:
        return


async def _lines(session: Session, ref: str, since: float, line: Callable[[str], None]) -> None:
    try:
        async for each in session.ports.engine.logs_stream(ref, since=since):
            line(session.ports.masker.mask(each.text))
    except EngineError as error:
        session.progress(f"the log ends here: {error.what}")
