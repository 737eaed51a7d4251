"""Who asks: the access token of a request, looked at once for every route."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits import RateLimitItem

from viworks.accounts.revocations import Revocations
from viworks.accounts.tokens import AccessTokens
from viworks.identity import AccessDenied, Principal, Role
from viworks.limits import Limiter

BEARER = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="JWT",
    description="The access token of POST /api/auth/login or /api/auth/refresh",
    auto_error=False,
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


class Access:
    """The Identity of the other parts."""

    def __init__(
        self, tokens: AccessTokens, revocations: Revocations, limiter: Limiter, allowance: RateLimitItem
    ) -> None:
        self._tokens = tokens
        self._revocations = revocations
        self._limiter = limiter
        self._allowance = allowance

    def require(self, *roles: Role) -> Callable[..., Awaitable[Principal]]:
        """See Identity."""

        async def principal(credentials: Bearer) -> Principal:
            try:
                found = await self.authenticate(credentials.credentials if credentials else "")
            except AccessDenied:
                raise unauthenticated() from None
            await self._limiter.spend("api-account", self._allowance, str(found.user_id))
            if roles and found.role not in roles:
                raise HTTPException(403)
            return found

        return principal

    async def authenticate(self, token: str) -> Principal:
        """See Identity."""
        principal = self._tokens.read(token)
        if await self._revocations.has(principal.session_id):
            raise AccessDenied
        return principal

    async def is_alive(self, principal: Principal) -> bool:
        """See Identity."""
        return principal.expires_at > datetime.now(UTC) and not await self._revocations.has(principal.session_id)


def unauthenticated(detail: str | None = None) -> HTTPException:
    """401 with the challenge that RFC 9110, section 15.5.2 wants."""
    return HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})
