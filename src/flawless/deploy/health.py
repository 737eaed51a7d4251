"""Is a container good? Derived from its own healthcheck, never from a fixed clock, and never on one sample."""

from __future__ import annotations

from collections.abc import Callable

from flawless.model.observed import ContainerState
from flawless.ports.bundle import Ports
from flawless.ports.engine import Json
from flawless.ports.inspect import container_state

GOOD_SAMPLES = 3
SAMPLE_SECONDS = 0.25
STABLE_SECONDS = 5.0
_INTERVAL, _TIMEOUT, _RETRIES = 30.0, 30.0, 3  # the engine's defaults
_MARGIN = 10.0
_NANO = 1e9
_BROKEN = frozenset({"exited", "dead", "removing", "restarting"})


def deadline(raw: Json) -> float:
    """Seconds after which a container that is not healthy never will be: start period, every retry, a margin.

    The engine's own view of the container counts: its healthcheck may come from the image.
    """
    check = raw["Config"].get("Healthcheck") or {}
    if (check.get("Test") or ["NONE"])[0] == "NONE":
        return STABLE_SECONDS + _MARGIN
    each = _seconds(check, "Interval", _INTERVAL) + _seconds(check, "Timeout", _TIMEOUT)
    return _seconds(check, "StartPeriod", 0.0) + each * (check.get("Retries") or _RETRIES) + _MARGIN


def _seconds(check: Json, name: str, default: float) -> float:
    return (check.get(name) or 0) / _NANO or default


def broken(state: ContainerState, restarts: int = 0) -> str:
    """Why a container that should run will not come good by waiting; empty when it still may.

    ``restarts`` is how often it had been restarted before we began to wait: an old mishap is no news.
    """
    if state.oom_killed:
        return f"{state.name} was killed for its memory limit"
    if state.restart_count > restarts or state.state in _BROKEN:
        return f"{state.name} ended{_status(state)} right after its start"
    if state.health == "unhealthy":
        return f"{state.name} is unhealthy: {state.health_output or 'the healthcheck said nothing'}"
    return ""


def _status(state: ContainerState) -> str:
    """The exit status; the engine forgets it once it has started the container again."""
    return "" if state.state == "running" else f" with status {state.exit_code}"


def good(state: ContainerState, now: float) -> bool:
    """Whether this one sample is good: healthy, or, without a healthcheck, up for five seconds."""
    if state.state != "running":
        return False
    if state.health == "none":
        return now - state.started_at >= STABLE_SECONDS
    return state.health == "healthy"


async def wait_good(
    ports: Ports, ref: str, progress: Callable[[str], None], *, restarts: int = 0, seconds: float = 0.0
) -> str:
    """Wait for three good samples in a row; empty when they came, else the sentence why not.

    ``seconds`` is how long it may take; 0: as long as its healthcheck gives it.
    """
    began = ports.clock.monotonic()
    in_a_row = 0
    last = ""
    while True:
        raw = await ports.engine.container(ref)
        if raw is None:
            return f"container {ref[:12]} is gone"
        given = seconds or deadline(raw)
        if last and ports.clock.monotonic() - began >= given:
            return f"{last} after {given:.0f} s, all the time it is given"
        state = container_state(raw, ports.masker)
        if why := broken(state, restarts):
            return why
        in_a_row = in_a_row + 1 if good(state, ports.clock.now()) else 0
        if in_a_row >= GOOD_SAMPLES:
            return ""
        last = f"{state.name} is {state.state}, health {state.health}"
        progress(f"{last}, up to {max(0.0, began + given - ports.clock.monotonic()):.0f} s more")
        await ports.clock.sleep(SAMPLE_SECONDS)


async def stays_good(ports: Ports, ref: str, seconds: float, *, restarts: int = 0) -> str:
    """Watch a container that came good; empty when it stays so, else the sentence why not."""
    end = ports.clock.monotonic() + seconds
    while (left := end - ports.clock.monotonic()) > 0:
        raw = await ports.engine.container(ref)
        if raw is None:
            return f"container {ref[:12]} is gone"
        if why := broken(container_state(raw, ports.masker), restarts):
            return f"{why}, {seconds - left:.0f} s after it had come good"
        await ports.clock.sleep(min(SAMPLE_SECONDS, left))
    return ""
