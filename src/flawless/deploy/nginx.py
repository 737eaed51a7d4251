"""A running nginx takes its configuration, or new addresses, without being replaced: tested, reloaded, and proved."""

from __future__ import annotations

from flawless.deploy.failure import StepFailedError
from flawless.deploy.site import Site, observe, pending_reload
from flawless.model.observed import ContainerState
from flawless.model.report import Cause
from flawless.ports.engine import ExecResult

_TIMEOUT = 30.0
_LOOK_SECONDS = 0.05
_WORKER = "nginx: worker process"


async def running(site: Site, service: str) -> list[ContainerState]:
    """The containers of a service that run."""
    states = (await observe(site.stack, site.ports)).get(service, ())
    return [state for state in states if state.state == "running"]


async def reloaded(site: Site, state: ContainerState) -> ExecResult | None:
    """Test the configuration, reload, and see new workers take over; what nginx said when it refused, else None."""
    before = await _workers(site, state)
    for words in (["nginx", "-t"], ["nginx", "-s", "reload"]):
        said = await site.ports.engine.exec(state.id, words, timeout=_TIMEOUT)
        if said.status:
            return said
    end = site.ports.clock.monotonic() + _TIMEOUT
    while before & (now := await _workers(site, state)) or not now:
        if site.ports.clock.monotonic() > end:
            return ExecResult(1, f"the old workers still take requests {_TIMEOUT:.0f} s after the reload")
        await site.ports.clock.sleep(_LOOK_SECONDS)
    return None


async def _workers(site: Site, state: ContainerState) -> set[str]:
    """Process ids of the workers that take requests; one that is leaving says so in its title."""
    found = await site.ports.engine.top(state.id)
    return {process["pid"] for process in found if process["args"].strip() == _WORKER}


def refused(site: Site, service: str, said: ExecResult, message: str) -> StepFailedError:
    """The failure of a step whose proxy would not reload, with what it said."""
    lines = tuple(site.ports.masker.mask(f"{service} | {line}") for line in said.output.splitlines() if line)
    return StepFailedError(Cause(message, lines, "correct the line that nginx names"))


def announce(site: Site, proxies: tuple[str, ...]) -> None:
    """Note on disk that these hold old addresses: if we are killed now, the next deploy reloads them."""
    for proxy in proxies:
        site.ports.files.write(pending_reload(site.folder, proxy), b"")


async def tell(site: Site, proxies: tuple[str, ...]) -> None:
    """Have every proxy look its upstreams up again; raise StepFailedError for one that refuses."""
    for proxy in proxies:
        for state in await running(site, proxy):
            site.progress(f"reloading {state.name}, which keeps the addresses that it looked up")
            if said := await reloaded(site, state):
                raise refused(site, proxy, said, f"{proxy} does not reload, and it keeps an address that goes away")


def settled(site: Site, proxies: tuple[str, ...]) -> None:
    """Take back what ``announce`` noted."""
    for proxy in proxies:
        site.ports.files.remove(pending_reload(site.folder, proxy))
