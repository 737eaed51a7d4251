"""Sessions in PostgreSQL: each is one login and the family of refresh tokens that grew out of it.

A refresh token is good once. One that comes again was copied by somebody, so the whole family ends (RFC 9700, section
4.14.2), with one exception: two tabs of one browser may send the same token at the same moment. Within AGAIN_SECONDS
of its first use the session lives on, and the second request gets an access token but no refresh token: the browser
already has, or is just getting, the new one. A thief who is that fast gains ten minutes and nothing that lasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from viworks.accounts import users
from viworks.accounts.tokens import REFRESH_DAYS, digest, new_refresh_token
from viworks.accounts.users import Account
from viworks.tables import accounts, refresh_tokens, sessions

AGAIN_SECONDS = 10
LONGEST_AGENT = 256
MOST = 100  # sessions of one account; the oldest end when there are more


class Use(Enum):
    """What became of a refresh token that somebody sent."""

    ROTATED = auto()
    AGAIN = auto()
    REUSED = auto()
    REFUSED = auto()


@dataclass(frozen=True)
class Session:
    """A session and its account; `refresh_token` is the new one, None where there is none to give."""

    id: UUID
    account: Account
    expires_at: datetime
    refresh_token: str | None = None


def now() -> datetime:
    """The time, with its offset."""
    return datetime.now(UTC)


async def begin(connection: AsyncConnection, account: Account, address: str, agent: str) -> Session:
    """A new session with its first refresh token. Clears away what has expired."""
    expired = delete(sessions).where(sessions.c.account_id == account.id, sessions.c.expires_at < now())
    await connection.execute(expired)
    session = Session(uuid4(), account, now() + timedelta(days=REFRESH_DAYS), new_refresh_token())
    values = {
        "id": session.id,
        "account_id": account.id,
        "address": address,
        "user_agent": agent[:LONGEST_AGENT],
        "expires_at": session.expires_at,
    }
    await connection.execute(insert(sessions).values(values))
    await add_token(connection, session)
    return session


async def add_token(connection: AsyncConnection, session: Session) -> None:
    """Keeps the digest of the session's refresh token."""
    assert session.refresh_token is not None
    values = {"token_hash": digest(session.refresh_token), "session_id": session.id}
    await connection.execute(insert(refresh_tokens).values(values))


async def use(connection: AsyncConnection, refresh_token: str) -> tuple[Use, Session | None]:
    """Takes a refresh token for a new one. With REUSED the session is given so that the caller ends it."""
    row = await found(connection, digest(refresh_token))
    if row is None:
        return Use.REFUSED, None
    session = Session(row.session_id, users.account(row), row.expires_at)
    if row.revoked_at or row.expires_at <= now() or session.account.disabled:
        return Use.REFUSED, session
    if row.token_used_at is not None:
        again = now() - row.token_used_at < timedelta(seconds=AGAIN_SECONDS)
        return (Use.AGAIN if again else Use.REUSED), session
    return Use.ROTATED, await rotated(connection, session, refresh_token)


async def found(connection: AsyncConnection, token_hash: bytes) -> Row[Any] | None:
    """The token's row with those of its session and account. The session is locked: two uses come one after the other,
    and the second one sees what the first has done.
    """
    owner = select(refresh_tokens.c.session_id).where(refresh_tokens.c.token_hash == token_hash).scalar_subquery()
    await connection.execute(select(sessions.c.id).where(sessions.c.id == owner).with_for_update())
    joined = refresh_tokens.join(sessions, refresh_tokens.c.session_id == sessions.c.id).join(
        accounts, sessions.c.account_id == accounts.c.id
    )
    columns = (
        accounts,
        sessions.c.id.label("session_id"),
        sessions.c.expires_at,
        sessions.c.revoked_at,
        refresh_tokens.c.used_at.label("token_used_at"),
    )
    statement = select(*columns).select_from(joined).where(refresh_tokens.c.token_hash == token_hash)
    return (await connection.execute(statement)).one_or_none()


async def rotated(connection: AsyncConnection, session: Session, used: str) -> Session:
    """The session with its next refresh token; the one before counts as used."""
    spent = update(refresh_tokens).where(refresh_tokens.c.token_hash == digest(used)).values(used_at=now())
    await connection.execute(spent)
    await connection.execute(update(sessions).where(sessions.c.id == session.id).values(used_at=now()))
    following = Session(session.id, session.account, session.expires_at, new_refresh_token())
    await add_token(connection, following)
    return following


async def alive(connection: AsyncConnection, account_id: int) -> Sequence[Row[Any]]:
    """The account's sessions that have neither ended nor expired, newest first."""
    statement = (
        select(sessions)
        .where(sessions.c.account_id == account_id, sessions.c.revoked_at.is_(None))
        .where(sessions.c.expires_at > func.now())
        .order_by(sessions.c.created_at.desc(), sessions.c.id)
    )
    return (await connection.execute(statement)).all()


async def end(connection: AsyncConnection, account_id: int, *which: Any) -> Sequence[UUID]:
    """Ends those of the account's sessions for which all the conditions hold. The ids of those it ended."""
    statement = (
        update(sessions)
        .where(sessions.c.account_id == account_id, sessions.c.revoked_at.is_(None), *which)
        .values(revoked_at=func.now())
        .returning(sessions.c.id)
    )
    ended: Sequence[UUID] = (await connection.execute(statement)).scalars().all()
    return ended


async def end_oldest(connection: AsyncConnection, account_id: int) -> Sequence[UUID]:
    """Ends what is beyond MOST. The ids of those it ended."""
    beyond = (
        select(sessions.c.id)
        .where(sessions.c.account_id == account_id, sessions.c.revoked_at.is_(None))
        .order_by(sessions.c.created_at.desc(), sessions.c.id)
        .offset(MOST)
    )
    return await end(connection, account_id, sessions.c.id.in_(beyond))
