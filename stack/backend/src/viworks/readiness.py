"""Whether the stores answer, asked for real, each within its own short time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import asyncpg  # type: ignore[import-untyped,unused-ignore]
import structlog

PROBE_SECONDS = 1.5
START_SECONDS = 10.0  # how long the program waits for its database before it gives up
PAUSE_SECONDS = 0.5
DRAINING = "draining"

Probe = Callable[[], Awaitable[None]]
log = structlog.get_logger()


class Readiness:
    """Ready is who can do all its work, and is not about to leave."""

    def __init__(self, probes: Mapping[str, Probe], draining: asyncio.Event) -> None:
        self._probes = probes
        self._draining = draining

    async def failing(self) -> list[str]:
        """Names of the stores that do not answer; "draining" when the process is ending. Empty means ready."""
        if self._draining.is_set():
            return [DRAINING]
        results = await asyncio.gather(*(answers(name, probe) for name, probe in self._probes.items()))
        return [name for name, fine in zip(self._probes, results, strict=True) if not fine]


async def answers(name: str, probe: Probe) -> bool:
    """Whether the probe ends well within PROBE_SECONDS."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe()
    except Exception as error:  # whatever it is, the store cannot be used
        log.warning("not ready", store=name, error=type(error).__name__)
        return False
    return True


async def unreachable(dsn: str, seconds: float = START_SECONDS) -> str | None:
    """Tries to connect to PostgreSQL for so long. The reason why it cannot be, in one line; None once it can."""
    deadline = asyncio.get_running_loop().time() + seconds
    while reason := await refusal(dsn):
        if asyncio.get_running_loop().time() + PAUSE_SECONDS > deadline:
            return reason
        await asyncio.sleep(PAUSE_SECONDS)
    return None


async def refusal(dsn: str) -> str | None:
    """One attempt: why it failed, or None."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            connection = await asyncpg.connect(dsn)
    except TimeoutError:
        return "no answer"
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    await connection.close()
    return None
