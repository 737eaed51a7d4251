"""Logging in to a store as a service would: from inside its network and with its own credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

from flawless.model.facts import Evidence, Fact, FactKey
from flawless.model.observed import Login
from flawless.model.stack import Service
from flawless.ports.bundle import Target
from flawless.ports.engine import Json
from flawless.ports.relay import Dialled, Relay
from flawless.probes.live._accounts import Account, Kind, accounts, declared
from flawless.probes.live._services import UnseenError, each_service, relay_of, running

_STAGES = {"unresolved": "resolve", "refused": "connect", "timeout": "connect"}


class Attempt(Struct, frozen=True):
    """How far it went (login, query or done), what the store said, and its error code."""

    stage: str
    message: str
    code: str = ""


Try = Callable[[Account, int], Awaitable[Attempt]]
"""Logs in to the account through a loopback port; never raises for what the store says."""


async def gather_logins(target: Target, key: FactKey[tuple[Login, ...]], kind: Kind, attempt: Try) -> list[Fact]:
    """The logins of every service that names a store of this kind; equal accounts are tried once."""
    relay = relay_of(target)
    tried: dict[Account, asyncio.Task[tuple[Attempt, float]]] = {}

    async def once(account: Account) -> tuple[Attempt, float]:
        if account not in tried:
            tried[account] = asyncio.create_task(_try(relay, account, attempt))
        return await tried[account]

    async def look(service: Service, containers: list[Json]) -> tuple[tuple[Login, ...], tuple[Evidence, ...]]:
        if not containers:
            return _without_container(service, kind), ()
        found = await accounts(target, service, (running(containers) or containers)[-1], kind)
        outcomes = await asyncio.gather(*(once(account) for account in found.values()))
        logins = tuple(
            _login(target, variable, account, outcome)
            for (variable, account), outcome in zip(found.items(), outcomes, strict=True)
        )
        return logins, tuple(_evidence(target, service, login) for login in logins)

    try:
        return await each_service(target, key, look)
    finally:
        await _ended(list(tried.values()))


async def _ended(tasks: Iterable[asyncio.Task[tuple[Attempt, float]]]) -> None:
    """A cancelled run leaves no attempt behind."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _without_container(service: Service, kind: Kind) -> tuple[Login, ...]:
    if declared(service, kind):
        raise UnseenError(
            f"{service.name} has no container, so its own credentials cannot be read", remedy="start the stack"
        )
    return ()


async def _try(relay: Relay, account: Account, attempt: Try) -> tuple[Attempt, float]:
    clock = asyncio.get_running_loop().time
    start = clock()
    async with relay.tunnel(account.network, account.host, account.port, hosts=account.hosts) as tunnel:
        if tunnel.dialled.state == "open":
            outcome = await attempt(account, tunnel.port)
        else:
            outcome = Attempt(_STAGES[tunnel.dialled.state], _refusal(account, tunnel.dialled))
    return outcome, clock() - start


def _refusal(account: Account, dialled: Dialled) -> str:
    if dialled.state == "unresolved":
        return f"the name {account.host} is not known in the network {account.network}"
    return f"{account.host}:{account.port} from the network {account.network}: {dialled.message}"


def _login(target: Target, variable: str, account: Account, outcome: tuple[Attempt, float]) -> Login:
    attempt, seconds = outcome
    message = target.ports.masker.mask(attempt.message)
    return Login(variable, account.target, attempt.stage, message, attempt.code, round(seconds, 3))


def _evidence(target: Target, service: Service, login: Login) -> Evidence:
    what = f"log in to {login.target} as {service.name} does ({login.variable})"
    status = f"{login.stage} {login.code}".strip()
    return target.ports.masker.evidence(what, status, login.message, target.ports.clock.now(), login.seconds)
