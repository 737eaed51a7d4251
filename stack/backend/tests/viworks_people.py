"""Accounts for tests, and an identity that believes whoever says who he is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import func, select

from viworks import problems, strict
from viworks.database import Database
from viworks.identity import AccessDenied, Principal, Role
from viworks.requests import Requests
from viworks.tables import accounts

SESSION = UUID(int=1)
GOOD = {"service": "backend", "revision": "abc123", "environment": "production"}
ROLES = {"root": Role.ADMIN, "ada": Role.OPERATOR, "bob": Role.OPERATOR, "eve": Role.VIEWER}


def principal(username: str, seconds: float = 600) -> Principal:
    """One of ROLES, whose token is good for so long; the id is the place in ROLES, as in the table."""
    number = list(ROLES).index(username) + 1
    return Principal(number, username, ROLES[username], SESSION, datetime.now(UTC) + timedelta(seconds=seconds))


class Believing:
    """An Identity: the token is the username. `ended` holds those whose session has ended."""

    def __init__(self, seconds: float = 600) -> None:
        self.ended: set[str] = set()
        self._seconds = seconds

    def require(self, *roles: Role) -> Callable[..., Awaitable[Principal]]:
        """See viworks.identity.Identity."""

        async def found(authorization: Annotated[str, Header()] = "") -> Principal:
            try:
                who = await self.authenticate(authorization.removeprefix("Bearer "))
            except AccessDenied:
                raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"}) from None
            if roles and who.role not in roles:
                raise HTTPException(403)
            return who

        return found

    async def authenticate(self, token: str) -> Principal:
        """See viworks.identity.Identity."""
        if token not in ROLES or token in self.ended:
            raise AccessDenied
        return principal(token, self._seconds)

    async def is_alive(self, principal: Principal) -> bool:
        """See viworks.identity.Identity."""
        return principal.username not in self.ended


async def create_accounts(database: Database) -> None:
    """Those of ROLES."""
    async with database.transaction() as connection:
        for username, role in ROLES.items():
            values = {"username": username, "password_hash": "none", "role": role}
            await connection.execute(accounts.insert().values(values))


def application(*routers: APIRouter) -> FastAPI:
    """The routers, with what surrounds every request."""
    app = FastAPI(dependencies=[Depends(strict.known_query)])
    app.add_middleware(Requests, draining=asyncio.Event())
    problems.install(app)
    for router in routers:
        app.include_router(router)
    return app


@asynccontextmanager
async def asking(app: FastAPI, username: str = "") -> AsyncIterator[AsyncClient]:
    """A client that speaks for that account."""
    headers = {"authorization": f"Bearer {username}"} if username else {}
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://backend", headers=headers) as client:
        yield client


async def create(app: FastAPI, who: str = "ada", **change: Any) -> dict[str, Any]:
    """The deployment that this account has recorded."""
    async with asking(app, who) as client:
        answer = await client.post("/api/deployments", json=GOOD | change)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def move(app: FastAPI, number: int, state: str, etag: str | None, who: str = "ada", **more: Any) -> Any:
    """The answer to a transition."""
    headers = {} if etag is None else {"If-Match": etag}
    async with asking(app, who) as client:
        url = f"/api/deployments/{number}/transitions"
        return await client.post(url, json={"state": state, **more}, headers=headers)


async def count(database: Database, table: Any) -> int:
    """How many rows a table has."""
    async with database.reading() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())
