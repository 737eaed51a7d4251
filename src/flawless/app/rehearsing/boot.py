"""Starting the copy as Compose would, and measuring how long each service takes until it may be used."""

from __future__ import annotations

import asyncio
import re

from flawless.app.rehearsing.copy import Copy
from flawless.app.rehearsing.model import has_way_out
from flawless.deploy.failure import container_failure
from flawless.deploy.health import STABLE_SECONDS, deadline
from flawless.errors import EngineError
from flawless.model.facts import Fact, known, service_subject
from flawless.model.keys import BOOT
from flawless.model.observed_copy import Boot, Came
from flawless.model.stack import Dependency, Role, Service
from flawless.ports.engine import Json
from flawless.ports.streams import engine_time

LEAST_SECONDS, MOST_SECONDS = 60.0, 120.0
_POLL = 0.25
_WENT_OUT = re.compile(
    r"host not found|could not resolve|cannot resolve|name resolution|name or service not known|no such host|ENOTFOUND"
    r"|nodename nor|EAI_AGAIN|ENETUNREACH|getaddrinfo|network is unreachable|dns error|failed to lookup address",
    re.IGNORECASE,
)


async def boot(copy: Copy) -> list[Fact]:
    """Start every service once those that it waits for are as it wants them; how each came up. Raise EngineError."""
    begun = {service.name: asyncio.Event() for service in copy.real.services}
    tasks: dict[str, asyncio.Task[Boot]] = {}
    try:
        async with asyncio.TaskGroup() as group:
            for service in copy.real.services:
                tasks[service.name] = group.create_task(_one(copy, service, tasks, begun))
    except ExceptionGroup as several:
        raise several.exceptions[0] from several
    return [_fact(copy, name, task.result()) for name, task in tasks.items()]


def _fact(copy: Copy, name: str, found: Boot) -> Fact:
    said = "\n".join((f"{name}: {found.came} after {found.seconds} s", found.problem, *found.output))
    now = copy.ports.clock.now()
    evidence = copy.ports.masker.evidence(f"start {name} in a throwaway copy", found.came, said, now, found.seconds)
    return known(BOOT, service_subject(name), found, [evidence], now)


async def _one(
    copy: Copy, service: Service, tasks: dict[str, asyncio.Task[Boot]], begun: dict[str, asyncio.Event]
) -> Boot:
    lender = [Dependency(service.lender, "service_started")] if service.lender else []
    try:
        for needed in (*service.depends_on, *lender):
            if needed.service in tasks and (why := await _waited(needed, tasks, begun)):
                return Boot(came=Came.WAITING, problem=why)
        copy.session.progress(f"booting a throwaway copy: {service.name}")
        return await _started(copy, service, begun[service.name])
    finally:
        begun[service.name].set()


async def _waited(needed: Dependency, tasks: dict[str, asyncio.Task[Boot]], begun: dict[str, asyncio.Event]) -> str:
    """Wait for another service; why it is not as wanted, "" when it is."""
    if needed.condition == "service_started":
        await begun[needed.service].wait()
        return ""
    other = await asyncio.shield(tasks[needed.service])
    return "" if other.came is Came.READY else f"it waits for {needed.service}, which is {other.came}"


async def _started(copy: Copy, service: Service, begun: asyncio.Event) -> Boot:
    ref, mask = copy.refs[service.name], copy.ports.masker.mask
    try:
        await copy.ports.engine.start(ref)
    except EngineError as error:
        return Boot(came=Came.ENDED, problem=f"it cannot be started: {mask(error.what)}")
    begun.set()
    came, raw = await _watched(copy, service, ref)
    found = _measured(came, service, raw)
    if came is Came.READY:
        return found
    failure = await container_failure(copy.ports, service.name, ref, _why(came, raw, mask(_health_output(raw))))
    lines = tuple(line.partition(" | ")[2] for line in failure.cause.evidence)
    outside = not copy.target.settings.rehearsal.outbound and has_way_out(copy.real, service)
    # On the host's own network it reached what no copy can have.
    cut_off = service.network_mode == "host" or (outside and any(_WENT_OUT.search(line) for line in lines))
    return Boot(
        came=came,
        seconds=found.seconds,
        restarts=found.restarts,
        problem=failure.what,
        output=lines,
        needs_outside=cut_off,
    )


async def _watched(copy: Copy, service: Service, ref: str) -> tuple[Came, Json]:
    """Look until it is ready, has ended, or its time is up; how it came, and its container then."""
    clock, end = copy.ports.clock, 0.0
    while True:
        raw = await copy.ports.engine.container(ref)
        if raw is None:
            raise EngineError(f"somebody removed the throwaway {service.name}")
        end = end or clock.monotonic() + _given(copy, raw)
        state = raw["State"]
        if state["Status"] == "exited":
            good = service.role is Role.JOB and not state["ExitCode"]
            return (Came.READY if good else Came.ENDED), raw
        if service.role is not Role.JOB and _ready(raw, clock.now()):
            return Came.READY, raw
        if clock.monotonic() > end:
            return Came.UNHEALTHY, raw
        await clock.sleep(_POLL)


def _given(copy: Copy, raw: Json) -> float:
    """Longer than a tight healthcheck would wait, so that a slow start can be measured at all."""
    return copy.target.settings.deploy.health_timeout or min(MOST_SECONDS, max(LEAST_SECONDS, deadline(raw)))


def _ready(raw: Json, now: float) -> bool:
    if raw["State"].get("Health"):
        return _first_success(raw) is not None
    return raw["State"]["Status"] == "running" and now - engine_time(raw["State"]["StartedAt"]) >= STABLE_SECONDS


def _first_success(raw: Json) -> float | None:
    """When the healthcheck that first succeeded was asked; the engine keeps those before a restart too."""
    log, start = (raw["State"].get("Health") or {}).get("Log") or (), engine_time(raw["State"]["StartedAt"])
    asked = ((engine_time(each["Start"]), each["ExitCode"]) for each in log)
    return next((at for at, status in asked if not status and at >= start), None)


def _measured(came: Came, service: Service, raw: Json) -> Boot:
    start = engine_time(raw["State"]["StartedAt"])
    until = engine_time(raw["State"]["FinishedAt"]) if came is Came.ENDED or service.role is Role.JOB else start
    moment = _first_success(raw) or max(until, start)
    has_health = bool(raw["State"].get("Health"))
    return Boot(
        came=came, seconds=round(moment - start, 2), health=has_health, restarts=int(raw.get("RestartCount") or 0)
    )


def _why(came: Came, raw: Json, said: str) -> str:
    state = raw["State"]
    if came is Came.ENDED:
        killed = ", killed for want of memory" if state.get("OOMKilled") else ""
        return f"it ended with status {state['ExitCode']}{killed}"
    return f"its healthcheck never succeeded: {said or 'it said nothing'}"


def _health_output(raw: Json) -> str:
    log = (raw["State"].get("Health") or {}).get("Log") or [{}]
    return str(log[-1].get("Output") or "").strip()[-300:]
