"""A real login and a real query on PostgreSQL, for each service that names one in a URL."""

from __future__ import annotations

import contextlib
import re

from flawless.model.facts import Fact
from flawless.model.keys import DATABASE_LOGINS
from flawless.ports.bundle import Probe, Target
from flawless.probes.live._accounts import Account, Kind
from flawless.probes.live._stores import Attempt, gather_logins

_SECONDS = 5.0
POSTGRES = Kind(
    schemes=re.compile(r"^postgres(?:ql)?(?:\+\w+)?$"),
    port=5432,
    passwords=("PGPASSWORD", "DATABASE_PASSWORD", "DB_PASSWORD", "POSTGRES_PASSWORD"),
    users=("PGUSER", "DATABASE_USER", "DB_USER", "POSTGRES_USER"),
)


async def gather(target: Target) -> list[Fact]:
    """A login for each PostgreSQL URL of each service."""
    return await gather_logins(target, DATABASE_LOGINS, POSTGRES, attempt)


async def attempt(account: Account, port: int) -> Attempt:
    """Log in and ask for the version; the code of a refusal is its SQLSTATE."""
    import asyncpg

    user = account.user or "postgres"
    try:
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=port,
            user=user,
            password=account.password,  # never None: the driver would look into our own environment and home
            database=account.database or user,
            ssl="require" if account.tls else False,
            timeout=_SECONDS,
            command_timeout=_SECONDS,
            statement_cache_size=0,
            server_settings={"application_name": "flawless"},
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
        return Attempt("login", _words(error), str(getattr(error, "sqlstate", "") or ""))
    try:
        version = str(await connection.fetchval("select version()"))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        return Attempt("query", _words(error), str(getattr(error, "sqlstate", "") or ""))
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            await connection.close(timeout=_SECONDS)
    return Attempt("done", version.partition(" on ")[0])


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_SECONDS:g} s"
    return str(error) or type(error).__name__


PROBE = Probe(keys=(DATABASE_LOGINS,), gather=gather, timeout=30.0)
