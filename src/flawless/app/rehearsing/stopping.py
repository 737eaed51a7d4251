"""Does each container of the copy end when it is asked to? Programs first, then the stores that they use."""

from __future__ import annotations

import asyncio

from flawless.app.rehearsing.copy import Copy
from flawless.errors import EngineError
from flawless.model.facts import Fact, known, service_subject, unknown
from flawless.model.keys import STOPPING
from flawless.model.observed_copy import Stopping
from flawless.model.stack import DATA_ROLES, Role, Service

MOST_GRACE = 60.0
_GRACE = 10.0


async def stopping(copy: Copy) -> list[Fact]:
    """Send each running container its stop signal, wait as long as its grace period lets it, and tell how it ended."""
    copy.session.progress("the throwaway copy is asked to stop")
    stores = [service for service in copy.real.services if service.role in DATA_ROLES]
    others = [service for service in copy.real.services if service.role not in DATA_ROLES]
    found: list[Fact] = []
    for group in (others, stores):
        found += await asyncio.gather(*(_stopped(copy, service) for service in group))
    return found


async def _stopped(copy: Copy, service: Service) -> Fact:
    ref, subject, clock = copy.refs[service.name], service_subject(service.name), copy.ports.clock
    grace = service.stop_grace if service.stop_grace is not None else _GRACE
    raw = await copy.ports.engine.container(ref)
    if service.role is Role.JOB:
        return known(STOPPING, subject, Stopping(reason="a job ends by itself"))
    if raw is None or not raw["State"]["Running"]:
        return unknown(STOPPING, subject, f"{service.name} did not run in the throwaway copy when it was to be stopped")
    if grace > MOST_GRACE:
        copy.session.progress(f"the throwaway {service.name} gets {MOST_GRACE:.0f} s of its {grace:.0f} s to stop")
    start = clock.monotonic()
    try:
        await copy.ports.engine.stop(ref, min(grace, MOST_GRACE))
        state = (await copy.ports.engine.container(ref) or {})["State"]
    except (EngineError, KeyError) as error:
        return unknown(STOPPING, subject, copy.ports.masker.mask(f"{service.name} could not be stopped: {error}"))
    took = round(clock.monotonic() - start, 2)
    sign = str(raw["Config"].get("StopSignal") or "SIGTERM")
    found = Stopping(took, int(state["ExitCode"]), grace, sign)
    said = f"{sign}; ended after {took} s of {grace:g} s with exit code {found.status}"
    evidence = copy.ports.masker.evidence(f"stop the throwaway {service.name}", found.status, said, clock.now(), took)
    return known(STOPPING, subject, found, [evidence], clock.now())
