"""Redis: what all replicas share and may be lost: ended sessions, rates. A lost one fails closed."""

from collections.abc import Iterator
from contextlib import contextmanager

from redis.asyncio import Redis
from redis.asyncio.connection import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from viworks.stores import StoreError

NAME = "redis"
SECONDS = 2.0  # for a connection and for an answer
WAIT_SECONDS = 5.0  # for a free connection: a burst waits, and nginx waits longer (15 s)
CONNECTIONS = 32


class RedisStore:
    """The pool of connections. Nothing is connected before it is needed."""

    def __init__(self, dsn: str) -> None:
        self.pool = BlockingConnectionPool.from_url(
            dsn,
            max_connections=CONNECTIONS,
            timeout=WAIT_SECONDS,
            decode_responses=True,
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            # Once more at once: a connection that idled through a restart of Redis is found dead only by its use.
            retry=Retry(NoBackoff(), 1),
        )
        self.client = Redis.from_pool(self.pool)

    async def close(self) -> None:
        """Closes every connection."""
        await self.client.aclose()

    async def ping(self) -> None:
        """Raises StoreError when Redis does not answer."""
        with answering():
            await self.client.ping()


@contextmanager
def answering() -> Iterator[None]:
    """Turns whatever Redis or the way to it raises into StoreError."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise StoreError(NAME) from error
