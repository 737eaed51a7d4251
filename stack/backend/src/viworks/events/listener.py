"""Listens to PostgreSQL for this process, on one connection of its own that is replaced when it is lost."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped,unused-ignore]
import structlog
from pydantic import ValidationError

from viworks.database import connect
from viworks.deployments.model import Deployment
from viworks.deployments.queries import CHANNEL
from viworks.events.hub import Hub

PROBE_SECONDS = 5.0  # how long a connection that fell silent is believed to live
LONGEST_PAUSE_SECONDS = 5.0
LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

log = structlog.get_logger()


@asynccontextmanager
async def listening(dsn: str, hub: Hub, draining: asyncio.Event) -> AsyncIterator[None]:
    """For the length of the block the hub gets every change; once `draining` is set it sends its clients away."""
    tasks = [asyncio.create_task(listen(dsn, hub)), asyncio.create_task(drain(hub, draining))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        hub.close()


async def drain(hub: Hub, draining: asyncio.Event) -> None:
    """Sends the clients to another replica; those that come yet go there too."""
    await draining.wait()
    hub.drain()


async def listen(dsn: str, hub: Hub) -> None:
    """Listens, again and again, with growing pauses between attempts that fail."""
    failed = 0
    while True:
        try:
            await listen_once(dsn, hub)
            failed = 0
        except LOST as error:
            failed += 1
            log.warning("not listening to the database", error=type(error).__name__, attempt=failed)
        # Not all replicas at the same moment.
        await asyncio.sleep(min(LONGEST_PAUSE_SECONDS, 0.1 * 2**failed) * random.uniform(0.5, 1))  # noqa: S311


async def listen_once(dsn: str, hub: Hub) -> None:
    """Until the connection is lost. Raises what asyncpg raises."""
    connection = await connect(dsn, "viworks-events")
    try:
        await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, payload: tell(hub, payload))
        hub.open()
        log.info("listening to the database")
        await until_lost(connection)
    finally:
        hub.close()
        connection.terminate()


async def until_lost(connection: Any) -> None:
    """Asks now and then: a connection whose other end vanished stays silent for ever."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda _connection: lost.set())
    while not lost.is_set():
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await lost.wait()
        except TimeoutError:
            await connection.fetchval("select 1", timeout=PROBE_SECONDS)


def tell(hub: Hub, payload: str) -> None:
    """Passes a change on. Every role of the database can notify, so it is looked at first."""
    try:
        changed = Deployment.model_validate_json(payload)
    except ValidationError:
        log.warning("what came over the channel is no deployment", channel=CHANNEL)
        return
    hub.publish(f'{{"type":"deployment","deployment":{changed.model_dump_json()}}}')
