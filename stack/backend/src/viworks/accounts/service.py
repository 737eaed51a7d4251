"""What can be done with accounts. Every change and its entry in the audit log are one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import HTTPException
from sqlalchemy.ext.asyncio import AsyncConnection

from viworks import requests
from viworks.accounts import sessions, users
from viworks.accounts.access import unauthenticated
from viworks.accounts.guard import Guard
from viworks.accounts.passwords import Passwords, weakness
from viworks.accounts.revocations import Revocations
from viworks.accounts.sessions import Session, Use
from viworks.accounts.users import Account
from viworks.audit.record import Entry, Outcome, record
from viworks.database import Database
from viworks.identity import Principal
from viworks.metrics import Metrics
from viworks.problems import refused
from viworks.tables import sessions as table

WRONG = "Username or password is wrong, or the account is disabled."
NO_SESSION = "There is no session to refresh. Log in."


@dataclass(frozen=True)
class Service:
    """Every method raises StoreError when a store does not answer, and then has changed nothing."""

    database: Database
    passwords: Passwords
    revocations: Revocations
    guard: Guard
    metrics: Metrics

    async def log_in(self, username: str, password: str, agent: str) -> Session:
        """A new session. Raises HTTPException 401, in the same words for every reason, and 429."""
        await self.guard.admit_address()
        await self._admit(username, "auth.login")
        async with self.database.reading() as connection:
            account = await users.by_username(connection, username)
        right = await self.passwords.verify(account.password_hash if account else None, password)
        if account is None or not right or account.disabled:
            reason = "unknown" if account is None else "disabled" if right else "wrong"
            await self._failed(username, "auth.login", reason)
            raise unauthenticated(WRONG)
        return await self._begin(account, password, agent)

    async def refresh(self, refresh_token: str) -> Session:
        """The session with a new refresh token, or with none when the same one was sent twice at a time.

        Raises HTTPException 401; a token that comes again later ends its whole session.
        """
        async with self.database.transaction() as connection:
            what, session = await sessions.use(connection, refresh_token)
            if session and what is Use.REUSED:
                await self._end(connection, session.account.id, table.c.id == session.id)
                details = {"reason": "reused"}
                await note(
                    connection, None, "auth.refresh", f"session:{session.id}", outcome="failure", details=details
                )
        if session is None or what in {Use.REUSED, Use.REFUSED}:
            raise unauthenticated(NO_SESSION)
        return session

    async def log_out(self, principal: Principal) -> None:
        """Ends the session that the request belongs to."""
        async with self.database.transaction() as connection:
            await self._end(connection, principal.user_id, table.c.id == principal.session_id)
            await note(connection, principal.username, "auth.logout", f"session:{principal.session_id}")

    async def end_session(self, principal: Principal, session_id: UUID) -> None:
        """Ends one of the own sessions. Raises HTTPException 404 when it is none of them, or has ended."""
        async with self.database.transaction() as connection:
            if not await self._end(connection, principal.user_id, table.c.id == session_id):
                raise HTTPException(404)
            await note(connection, principal.username, "session.end", f"session:{session_id}")

    async def change_password(self, principal: Principal, current: str, new: str) -> None:
        """Sets the own password and ends the other sessions. Raises HTTPException 403, 422, 429."""
        await self._admit(principal.username, "password.change")
        async with self.database.reading() as connection:
            account = await users.by_username(connection, principal.username)
        if account is None or not await self.passwords.verify(account.password_hash, current):
            await self._failed(principal.username, "password.change", "wrong")
            raise HTTPException(403, "The current password is wrong.")
        await self.guard.passed(principal.username)
        acceptable("body.new_password", new, principal.username)
        made = await self.passwords.hash(new)
        async with self.database.transaction() as connection:
            await unchanged(connection, account)
            await users.change(connection, account.id, {"password_hash": made})
            await self._end(connection, account.id, table.c.id != principal.session_id)
            await note(connection, principal.username, "password.change", subject(account.username))

    async def _begin(self, account: Account, password: str, agent: str) -> Session:
        await self.guard.passed(account.username)
        renewed = await self.passwords.hash(password) if self.passwords.outdated(account.password_hash) else None
        async with self.database.transaction() as connection:
            await unchanged(connection, account)
            if renewed:
                await users.change(connection, account.id, {"password_hash": renewed})
            session = await sessions.begin(connection, account, requests.client_address(), agent)
            await self.revocations.end(await sessions.end_oldest(connection, account.id))
            details = {"session": str(session.id)}
            await note(connection, account.username, "auth.login", subject(account.username), details=details)
        self.metrics.passwords.labels("success").inc()
        return session

    async def _admit(self, username: str, action: str) -> None:
        try:
            await self.guard.admit(username)
        except HTTPException:
            await self._failed(username, action, "locked")
            raise

    async def _failed(self, username: str, action: str, reason: str) -> None:
        self.metrics.passwords.labels(reason).inc()
        async with self.database.transaction() as connection:
            await note(connection, None, action, subject(username), outcome="failure", details={"reason": reason})

    async def _end(self, connection: AsyncConnection, user_id: int, *which: Any) -> Sequence[UUID]:
        ended = await sessions.end(connection, user_id, *which)
        await self.revocations.end(ended)
        return ended


async def unchanged(connection: AsyncConnection, account: Account) -> None:
    """Holds the account as it was when the password was verified. Raises HTTPException 401 when it changed since."""
    if await users.locked(connection, account.id) != account:
        raise unauthenticated(WRONG)


def acceptable(field: str, password: str, username: str) -> None:
    """Raises what becomes 422 for a new password that is too easily guessed."""
    if reason := weakness(password, username):
        raise refused(field, reason)


def subject(username: str) -> str:
    """How the audit log names an account."""
    return f"account:{username}"


async def note(
    connection: AsyncConnection,
    actor: str | None,
    action: str,
    about: str,
    *,
    outcome: Outcome = "success",
    details: dict[str, Any] | None = None,
) -> None:
    """Writes an entry of the audit log for the request in hand."""
    entry = Entry(actor, requests.client_address(), action, about, outcome, details or {}, requests.request_id())
    await record(connection, entry)
