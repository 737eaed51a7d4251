"""What stands between a guesser and a password.

An attempt is paid in advance and given back when the password was right: a thousand guesses at the same moment are
counted as well as a thousand in a row. An account that does not exist is counted like one that does.
"""

from limits import RateLimitItem, parse

from viworks import requests
from viworks.limits import Limiter, network

PAIR = parse("5/15 minutes")  # one account from one address
ACCOUNT = parse("30/15 minutes")  # one account from anywhere: a guesser with many addresses


class Guard:
    """Every method raises StoreError when Redis is away: then nobody can try."""

    def __init__(self, limiter: Limiter, per_address: RateLimitItem) -> None:
        self._limiter = limiter
        self._per_address = per_address

    async def admit_address(self) -> None:
        """Counts the attempt against the client's address. Ends the request with 429 when there were too many."""
        await self._limiter.spend("login-address", self._per_address, here())

    async def admit(self, username: str) -> None:
        """Counts an attempt against the account. Raises HTTPException 429 while it is locked."""
        await self._limiter.spend("login-pair", PAIR, username, here())
        await self._limiter.spend("login-account", ACCOUNT, username)

    async def passed(self, username: str) -> None:
        """The password was right: the attempt was none, and earlier ones from here were mistypings."""
        await self._limiter.forget("login-pair", PAIR, username, here())
        await self._limiter.give_back("login-account", ACCOUNT, username)


def here() -> str:
    """The client of the request in hand, as it is counted."""
    return network(requests.client_address())
