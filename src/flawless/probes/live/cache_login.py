"""A real login on Redis, a PING, and a throwaway key written, read and deleted, for each service that names one."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from flawless.model.facts import Fact
from flawless.model.keys import CACHE_LOGINS
from flawless.ports.bundle import Probe, Target
from flawless.probes.live._accounts import Account, Kind
from flawless.probes.live._stores import Attempt, gather_logins

if TYPE_CHECKING:
    from redis.asyncio import Redis

_SECONDS = 5.0
_KEY_SECONDS = 5
REDIS = Kind(
    schemes=re.compile(r"^(?:rediss?|valkeys?)$"),
    port=6379,
    passwords=("REDIS_PASSWORD", "CACHE_PASSWORD", "REDISCLI_AUTH"),
    users=("REDIS_USER", "REDIS_USERNAME", "CACHE_USER"),
)


async def gather(target: Target) -> list[Fact]:
    """A login for each Redis URL of each service."""
    return await gather_logins(target, CACHE_LOGINS, REDIS, attempt)


async def attempt(account: Account, port: int) -> Attempt:
    """AUTH, PING, then write, read and delete a key that would vanish after five seconds anyway."""
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError

    client = Redis(
        host="127.0.0.1",
        port=port,
        username=account.user or None,
        password=account.password or None,
        db=int(account.database) if account.database.isdigit() else 0,
        ssl=account.tls,
        ssl_cert_reqs="none",
        protocol=2,  # HELLO, which 3 begins with, is unknown before Redis 6
        retry=Retry(NoBackoff(), 0),
        single_connection_client=True,
        socket_timeout=_SECONDS,
        socket_connect_timeout=_SECONDS,
    )
    stage = "login"
    try:
        await client.ping()
        stage = "query"
        return Attempt("done", await _wrote_and_read(client))
    except (RedisError, OSError, ValueError) as error:
        return Attempt(stage, str(error) or type(error).__name__, str(getattr(error, "status_code", "") or ""))
    finally:
        await client.aclose()


async def _wrote_and_read(client: Redis) -> str:
    key, value = f"flawless:probe:{secrets.token_hex(8)}", secrets.token_hex(8)
    await client.set(key, value, ex=_KEY_SECONDS)
    read = await client.get(key)
    await client.delete(key)
    if read != value.encode():
        raise ValueError("the key that was written came back with another value")
    return "PONG, wrote, read and deleted a key"


PROBE = Probe(keys=(CACHE_LOGINS,), gather=gather, timeout=30.0)
