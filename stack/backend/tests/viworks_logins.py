"""Logging in to the whole application, as a client does it."""

import re

from httpx2 import AsyncClient, Response

PASSWORD = "violet-Tram-32-lantern"
COOKIE = re.compile(r"__Secure-viworks_refresh=([^;]*)")


async def log_in(ask: AsyncClient, username: str = "ada", password: str = PASSWORD) -> Response:
    return await ask.post("/api/auth/login", json={"username": username, "password": password})


async def bearer(ask: AsyncClient, username: str = "ada", password: str = PASSWORD) -> dict[str, str]:
    """Headers of a new session."""
    return authorization(await log_in(ask, username, password))


def authorization(answer: Response) -> dict[str, str]:
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def cookie(answer: Response) -> str | None:
    """The refresh token that an answer sets; None when it sets none."""
    found = COOKIE.search(answer.headers.get("set-cookie", ""))
    return found[1] if found else None


async def refresh(ask: AsyncClient, token: str | None) -> Response:
    ask.cookies.clear()
    return await ask.post("/api/auth/refresh", headers={"cookie": f"__Secure-viworks_refresh={token}"})


async def me(ask: AsyncClient, headers: dict[str, str]) -> int:
    return (await ask.get("/api/auth/me", headers=headers)).status_code
