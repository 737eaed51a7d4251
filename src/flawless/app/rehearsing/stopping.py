"""Does each container of the copy end when it is asked to, and is what it was asked before still answered?

Programs are stopped first, then the stores that they use.
"""

from __future__ import annotations

import asyncio

from msgspec import structs

from flawless.app.rehearsing.copy import Copy
from flawless.app.rehearsing.in_flight import Candidate, candidates, in_flight, told
from flawless.errors import FlawlessError
from flawless.model.facts import Fact, known, service_subject, unknown
from flawless.model.keys import STOPPING
from flawless.model.observed_copy import Stopping
from flawless.model.stack import DATA_ROLES, Role, Service

MOST_GRACE = 60.0
_GRACE = 10.0


async def stopping(copy: Copy) -> list[Fact]:
    """Send each running container its stop signal, wait as long as its grace period lets it, and tell how it ended."""
    among = await candidates(copy.target)
    copy.session.progress("the throwaway copy is asked to stop")
    stores = [service for service in copy.real.services if service.role in DATA_ROLES]
    others = [service for service in copy.real.services if service.role not in DATA_ROLES]
    found: list[Fact] = []
    for group in (others, stores):
        found += await asyncio.gather(*(_stopped(copy, service, among) for service in group))
    return found


async def _stopped(copy: Copy, service: Service, among: tuple[Candidate, ...]) -> Fact:
    ref, subject = copy.refs[service.name], service_subject(service.name)
    raw = await copy.ports.engine.container(ref)
    if service.role is Role.JOB:
        return known(STOPPING, subject, Stopping(reason="a job ends by itself"))
    if raw is None or not raw["State"]["Running"]:
        return unknown(STOPPING, subject, f"{service.name} did not run in the throwaway copy when it was to be stopped")
    grace = service.stop_grace if service.stop_grace is not None else _GRACE
    if grace > MOST_GRACE:
        copy.session.progress(f"the throwaway {service.name} gets {MOST_GRACE:.0f} s of its {grace:.0f} s to stop")
    signal = str(raw["Config"].get("StopSignal") or "SIGTERM")
    try:
        found = await _asked(
            copy, service, among if service.role is Role.BACKEND else (), Stopping(grace=grace, signal=signal)
        )
    except (FlawlessError, OSError, KeyError) as error:
        return unknown(STOPPING, subject, copy.ports.masker.mask(f"{service.name} could not be stopped: {error}"))
    said = f"{signal}; ended after {found.seconds} s of {grace:g} s with exit code {found.status}"
    if found.in_flight:
        said += f"; {found.in_flight.request}, in flight, got {found.in_flight.status or 'no answer'}"
    what, now = f"stop the throwaway {service.name}", copy.ports.clock.now()
    evidence = copy.ports.masker.evidence(what, found.status, said, now, found.seconds)
    return known(STOPPING, subject, found, [evidence], now)


async def _asked(copy: Copy, service: Service, among: tuple[Candidate, ...], of: Stopping) -> Stopping:
    """Ask it to stop, with a request in flight where one can be held."""
    ref = copy.refs[service.name]
    async with in_flight(copy, service, among, of.grace) as held:
        took, fate = await asyncio.gather(_stop(copy, ref, of.grace), told(copy, held))
    state = (await copy.ports.engine.container(ref) or {})["State"]
    return structs.replace(of, seconds=took, status=int(state["ExitCode"]), in_flight=fate)


async def _stop(copy: Copy, ref: str, grace: float) -> float:
    """The seconds until it had ended."""
    start = copy.ports.clock.monotonic()
    await copy.ports.engine.stop(ref, min(grace, MOST_GRACE))
    return round(copy.ports.clock.monotonic() - start, 2)
