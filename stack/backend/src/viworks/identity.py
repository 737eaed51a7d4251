"""Who asks: what the routes of every part need to know of accounts, and no more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Role(StrEnum):
    """A viewer reads; an operator also creates deployments and moves the own ones; an admin does everything."""

    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


@dataclass(frozen=True)
class Principal:
    """An account that proved who it is with an access token of a session that is alive."""

    user_id: int
    username: str
    role: Role
    session_id: UUID
    expires_at: datetime


class AccessDenied(Exception):  # noqa: N818 (no error of the program: an answer)
    """The access token is missing, malformed, forged, expired or of a session that has ended."""


class Identity(Protocol):
    """What accounts gives to the other parts."""

    def require(self, *roles: Role) -> Callable[..., Awaitable[Principal]]:
        """A FastAPI dependency: the principal, when it has one of the roles; none named means any role.

        Ends the request with 401 without a good token, 403 for another role, 429 beyond the rate, and 503 when
        revocations cannot be looked up.
        """

    async def authenticate(self, token: str) -> Principal:
        """The principal of an access token. Raises AccessDenied, or StoreError when Redis is away."""

    async def is_alive(self, principal: Principal) -> bool:
        """Whether its token has not expired and its session not ended since. Raises StoreError when Redis is away."""
