"""How often: sliding windows in Redis, so that every replica counts the same and a restart forgets nothing."""

import ipaddress
import math
import time
from collections.abc import Awaitable, Callable

from fastapi import HTTPException
from limits import RateLimitItem
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from viworks import requests
from viworks.metrics import Metrics
from viworks.redis_store import RedisStore, answering


class Limiter:
    """Counts uses of named allowances. Each method raises StoreError when Redis is away."""

    def __init__(self, redis: RedisStore, metrics: Metrics) -> None:
        # The pool decides where to connect to; the library wants an address all the same.
        storage = RedisStorage(
            "async+redis://pool:6379",
            implementation="redispy",
            key_prefix="viworks:rate",
            connection_pool=redis.pool,  # type: ignore[arg-type]  # the library's type for options leaves it out
        )
        self._windows = SlidingWindowCounterRateLimiter(storage)
        self._metrics = metrics

    async def spend(self, name: str, allowance: RateLimitItem, *who: str) -> None:
        """Uses one up. Ends the request with 429 when there is none left."""
        with answering():
            if await self._windows.hit(allowance, name, *who):
                return
        await self.refuse(name, allowance, *who)

    async def give_back(self, name: str, allowance: RateLimitItem, *who: str) -> None:
        """Takes back one that was spent in advance."""
        with answering():
            await self._windows.hit(allowance, name, *who, cost=-1)

    async def forget(self, name: str, allowance: RateLimitItem, *who: str) -> None:
        """Starts anew with the whole allowance."""
        with answering():
            await self._windows.clear(allowance, name, *who)

    async def refuse(self, name: str, allowance: RateLimitItem, *who: str) -> None:
        """Raises the HTTPException 429 that says when the next one is free."""
        with answering():
            window = await self._windows.get_window_stats(allowance, name, *who)
        self._metrics.limited.labels(name).inc()
        seconds = max(1, math.ceil(window.reset_time - time.time()))
        raise HTTPException(429, headers={"Retry-After": str(seconds)})


def network(address: str) -> str:
    """What counts as one client: an IPv4 address, and of IPv6 the /64 that one customer is given (RFC 6177)."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)


def per_address(limiter: Limiter, allowance: RateLimitItem) -> Callable[[], Awaitable[None]]:
    """A dependency that counts requests by the client's address. Ends the request with 429 beyond the allowance."""

    async def counted() -> None:
        await limiter.spend("api-address", allowance, network(requests.client_address()))

    return counted
