"""The routes to log in and out, and of the own account."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Request, Response
from fastapi.security import APIKeyCookie
from sqlalchemy import Row

from viworks.accounts import sessions
from viworks.accounts.access import Access, unauthenticated
from viworks.accounts.model import Credentials, LoggedIn, Me, PasswordChange, Person, SessionOut, Sessions
from viworks.accounts.service import NO_SESSION, Service
from viworks.accounts.sessions import Session
from viworks.accounts.tokens import ACCESS_SECONDS, REFRESH_DAYS, AccessTokens
from viworks.identity import Principal
from viworks.origin import Origins
from viworks.problems import documented

PREFIX = "/api/auth"
COOKIE = "__Secure-viworks_refresh"
ATTRIBUTES: dict[str, Any] = {"path": PREFIX, "secure": True, "httponly": True, "samesite": "strict"}
REFRESH = APIKeyCookie(
    name=COOKIE,
    scheme_name="refresh",
    description="The refresh token: HttpOnly, good once, renewed with every use",
    auto_error=False,
)
SET_COOKIE = {
    "description": "The refresh token",
    "schema": {"type": "string"},
    "example": f"{COOKIE}=...; HttpOnly; Max-Age={REFRESH_DAYS * 86400}; Path={PREFIX}; SameSite=strict; Secure",
}
Agent = Annotated[str, Header(alias="User-Agent", include_in_schema=False)]


def routes(service: Service, tokens: AccessTokens, access: Access, origins: Origins) -> APIRouter:
    """Log in, refresh, log out; me, sessions, password."""
    router = APIRouter(prefix=PREFIX, tags=["accounts"])
    coming(router, service, tokens, origins)
    own_account(router, service, access)
    own_sessions(router, service, access)
    return router


def coming(router: APIRouter, service: Service, tokens: AccessTokens, origins: Origins) -> None:
    """What needs no access token: it gives one."""

    def logged_in(session: Session, response: Response) -> LoggedIn:
        account = session.account
        if session.refresh_token:
            set_cookie(response, session)
        token = tokens.issue(account.id, account.username, account.role, session.id)
        return LoggedIn(access_token=token, expires_in=ACCESS_SECONDS, user=Person.model_validate(account))

    @router.post(
        "/login",
        summary="Log in",
        responses={200: {"headers": {"Set-Cookie": SET_COOKIE | {"required": True}}}, **documented(401)},
    )
    async def login(credentials: Credentials, response: Response, agent: Agent = "") -> LoggedIn:
        """Starts a session. After five wrong passwords for an account from one address, or thirty from anywhere,
        within fifteen minutes, the next attempts get 429.
        """
        return logged_in(await service.log_in(credentials.username, credentials.password, agent), response)

    @router.post(
        "/refresh",
        summary="The next access token",
        responses={200: {"headers": {"Set-Cookie": SET_COOKIE}}, **documented(401, 403)},
    )
    async def refresh(
        request: Request, response: Response, refresh_token: Annotated[str | None, Depends(REFRESH)]
    ) -> LoggedIn:
        """Takes the refresh token of the cookie for a new one. One that comes a second time ends its whole session;
        within ten seconds, as from two tabs, it gets an access token and no new cookie.
        """
        if not origins.permits(request):
            raise HTTPException(403, "Another site may not refresh a session.")
        if not refresh_token:
            raise unauthenticated(NO_SESSION)
        return logged_in(await service.refresh(refresh_token), response)


def set_cookie(response: Response, session: Session) -> None:
    """For as long as the session can be refreshed."""
    remaining = session.expires_at - sessions.now()
    response.set_cookie(COOKIE, session.refresh_token or "", max_age=int(remaining.total_seconds()), **ATTRIBUTES)


def own_account(router: APIRouter, service: Service, access: Access) -> None:
    """What an account does for itself."""
    anybody = Annotated[Principal, Depends(access.require())]

    @router.post("/logout", status_code=204, response_class=Response, summary="Log out", responses=documented(401))
    async def logout(principal: anybody, response: Response) -> None:
        """Ends the session: its access tokens are refused at once, its refresh token is good for nothing."""
        await service.log_out(principal)
        response.delete_cookie(COOKIE, **ATTRIBUTES)

    @router.get("/me", summary="Who am I?", responses=documented(401))
    async def me(principal: anybody) -> Me:
        """The account and session of the access token."""
        return Me(
            id=principal.user_id,
            username=principal.username,
            role=principal.role,
            session_id=principal.session_id,
            expires_at=principal.expires_at,
        )

    @router.post(
        "/password",
        status_code=204,
        response_class=Response,
        summary="Change the own password",
        responses=documented(401, 403),
    )
    async def password(change: PasswordChange, principal: anybody) -> None:
        """Ends the other sessions. Wrong current passwords are counted like wrong ones at the login."""
        await service.change_password(principal, change.current_password, change.new_password)


def shown(row: Row[Any], principal: Principal) -> SessionOut:
    """A session as it goes out."""
    values = {name: getattr(row, name) for name in SessionOut.model_fields if name != "current"}
    return SessionOut(**values, current=row.id == principal.session_id)


def own_sessions(router: APIRouter, service: Service, access: Access) -> None:
    """Where the account is logged in."""
    anybody = Annotated[Principal, Depends(access.require())]

    @router.get("/sessions", summary="The own sessions", responses=documented(401))
    async def listed(principal: anybody) -> Sessions:
        """All that are alive, newest first; at most 100."""
        async with service.database.reading() as connection:
            rows = await sessions.alive(connection, principal.user_id)
        return Sessions(items=[shown(row, principal) for row in rows])

    @router.delete(
        "/sessions/{id}",
        status_code=204,
        response_class=Response,
        summary="End one of the own sessions",
        responses=documented(401, 404),
    )
    async def end(
        principal: anybody,
        session_id: Annotated[UUID, Path(alias="id", description="Id of the session")],
    ) -> None:
        """Its access tokens are refused at once."""
        await service.end_session(principal, session_id)
