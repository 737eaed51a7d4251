"""Whether the stores answer, asked for real, each within its own short time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

PROBE_SECONDS = 1.5

Probe = Callable[[], Awaitable[None]]
log = structlog.get_logger()


async def answers(name: str, probe: Probe) -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe()
    except Exception as error:  # whatever it is, the store cannot be used
        log.warning("not ready", store=name, error=type(error).__name__)
        return False
    return True


async def failing(probes: Mapping[str, Probe]) -> list[str]:
    """Names of the stores that do not answer."""
    results = await asyncio.gather(*(answers(name, probe) for name, probe in probes.items()))
    return [name for name, fine in zip(probes, results, strict=True) if not fine]
