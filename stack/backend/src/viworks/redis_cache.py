"""The number of deployments, kept in Redis for a few seconds.

Only `ping` reports a cache that is down: losing it makes a list slower, never wrong.
"""

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from viworks.stores import StoreError

NAME = "redis"
KEY = "viworks:deployments:total"
KEEP_SECONDS = 5
DOWN = (RedisError, OSError, TimeoutError)

log = structlog.get_logger()


class RedisCache:
    def __init__(self, dsn: str) -> None:
        self._redis = Redis.from_url(
            dsn,
            decode_responses=True,
            socket_connect_timeout=1,
            socket_timeout=1,
            retry=Retry(NoBackoff(), 1),
            max_connections=50,
        )

    async def close(self) -> None:
        await self._redis.aclose()

    async def ping(self) -> None:
        try:
            await self._redis.ping()
        except DOWN as error:
            raise StoreError(NAME) from error

    async def total(self) -> int | None:
        try:
            known = await self._redis.get(KEY)
        except DOWN as error:
            self._complain(error)
            return None
        return int(known) if known else None

    async def remember_total(self, total: int) -> None:
        try:
            await self._redis.set(KEY, total, ex=KEEP_SECONDS)
        except DOWN as error:
            self._complain(error)

    async def forget_total(self) -> None:
        try:
            await self._redis.delete(KEY)
        except DOWN as error:
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        log.warning("cache does not answer", store=NAME, error=type(error).__name__)
