"""``flawless diagnose``: why is it broken?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flawless.app.gather import gather
from flawless.app.judge import judge
from flawless.app.loading import loaded
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.config import nearest
from flawless.diagnose.cause import Sight
from flawless.diagnose.rank import ranked
from flawless.errors import UsageError
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.diagnosis import Diagnosis
from flawless.model.facts import STACK, Facts, Known, Unknown, service_subject
from flawless.model.keys import CONTAINERS, HOST, LAST_WORDS, USAGE
from flawless.model.observed import Usage
from flawless.model.stack import Role, Stack
from flawless.ports.bundle import Ports, Target

CHECKS = ("env-name-drift", "foreign-container-holds-name", "stub-build-shipped", "upstream-resolved-once")
LOOKED_AT = (
    "state, exit code, health and engine error of each container",
    "the last 60 lines of each container",
    "how long each container waits for its CPU limit, and the memory of the machine",
    *(f"check {name}" for name in CHECKS),
)


async def diagnose(root: Path, ports: Ports, asked: Asked, progress: Progress, service: str = "") -> Diagnosis:
    """The causes in the stack, or in one service and those it depends on; UsageError when there is no such service."""
    async with loaded():
        session = await open_session(root, ports, asked, progress)
    names = _meant(session.stack, service)
    facts = await gather(Target(session.stack, session.settings, ports), [CONTAINERS, LAST_WORDS, USAGE, HOST])
    verdicts = await _verdicts(session)
    sights = list(sights_of(session.stack, names, facts, verdicts))
    ill = tuple(dict.fromkeys(sight.service for sight in sights if sight.ill))
    unseen = tuple(dict.fromkeys(_unseen(names, facts, verdicts)))
    return Diagnosis(session.stack.name, names, ranked(sights), ill, LOOKED_AT, unseen)


async def _verdicts(session: Session) -> tuple[Verdict, ...]:
    return (await judge(session, [Level.FILES, Level.LIVE], only=CHECKS)).verdicts


def _meant(stack: Stack, service: str) -> tuple[str, ...]:
    """All services, or the one and, below it, what it depends on."""
    by_name = {each.name: each for each in stack.services}
    if not service:
        return tuple(by_name)
    if service not in by_name:
        guess = nearest(service, by_name)
        raise UsageError(f"no service is called {service}", remedy=f"did you mean {guess}?" if guess else "")
    meant = [service]
    for name in meant:
        meant.extend(each.service for each in by_name[name].depends_on if each.service not in meant)
    return tuple(meant)


def sights_of(stack: Stack, names: tuple[str, ...], facts: Facts, verdicts: tuple[Verdict, ...]) -> Iterator[Sight]:
    """One sight for each container, one for a service without any, and one for what checks say of the whole stack."""
    for service in (each for each in stack.services if each.name in names):
        name, job = service.name, service.role is Role.JOB
        checks = _failed(verdicts, service_subject(name))
        words = facts.get(LAST_WORDS, service_subject(name))
        lines = {each.container: each.lines for each in words.value} if isinstance(words, Known) else {}
        containers = facts.get(CONTAINERS, service_subject(name))
        states = containers.value if isinstance(containers, Known) else ()
        used = _used(facts, name)
        for state in states:
            yield Sight(name, state, lines.get(state.name, ()), checks, job, usage=used.get(state.name))
        if not states:
            absent = isinstance(containers, Known) and not job and service.replicas > 0
            yield Sight(name, None, (), checks, job, absent)
    host = facts.get(HOST, STACK)
    yield Sight(STACK, checks=_failed(verdicts, STACK), host=host.value if isinstance(host, Known) else None)


def _used(facts: Facts, name: str) -> dict[str, Usage]:
    readings = facts.get(USAGE, service_subject(name))
    return {usage.container: usage for usage in readings.value} if isinstance(readings, Known) else {}


def _failed(verdicts: tuple[Verdict, ...], subject: str) -> dict[str, str]:
    findings = ((verdict.check, each) for verdict in verdicts for each in verdict.findings)
    return {check: each.message for check, each in findings if each.subject == subject and each.outcome is Outcome.FAIL}


def _unseen(names: tuple[str, ...], facts: Facts, verdicts: tuple[Verdict, ...]) -> Iterator[str]:
    subjects = {service_subject(name) for name in names}
    for fact in facts:
        if fact.subject in subjects and isinstance(fact.reading, Unknown):
            yield f"{fact.key}: {fact.reading.reason}"
    for verdict in verdicts:
        if verdict.outcome in (Outcome.UNKNOWN, Outcome.ERROR):
            yield f"{verdict.check}: {verdict.reason}"
