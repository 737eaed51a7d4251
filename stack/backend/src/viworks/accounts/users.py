"""Accounts in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from viworks.identity import Role
from viworks.tables import accounts


@dataclass(frozen=True)
class Account:
    """A row of the table."""

    id: int
    username: str
    password_hash: str = field(repr=False)
    role: Role
    disabled: bool
    created_at: datetime
    updated_at: datetime


def account(row: Row[Any]) -> Account:
    """The account of a row that has all its columns."""
    values = {name: getattr(row, name) for name in Account.__dataclass_fields__}
    return Account(**values | {"role": Role(row.role)})


async def by_username(connection: AsyncConnection, username: str) -> Account | None:
    """The account, or None."""
    row = (await connection.execute(select(accounts).where(accounts.c.username == username))).one_or_none()
    return account(row) if row else None


async def locked(connection: AsyncConnection, user_id: int) -> Account | None:
    """The account, or None; nobody else changes it until the transaction ends."""
    statement = select(accounts).where(accounts.c.id == user_id).with_for_update()
    row = (await connection.execute(statement)).one_or_none()
    return account(row) if row else None


async def page(connection: AsyncConnection, limit: int, after: int) -> Sequence[Account]:
    """At most so many accounts with an id above `after`, by id."""
    statement = select(accounts).where(accounts.c.id > after).order_by(accounts.c.id).limit(limit)
    return [account(row) for row in await connection.execute(statement)]


async def create(connection: AsyncConnection, username: str, password_hash: str, role: Role) -> Account | None:
    """The new account, or None when the username is taken."""
    values = {"username": username, "password_hash": password_hash, "role": str(role)}
    statement = insert(accounts).values(values).on_conflict_do_nothing(index_elements=["username"])
    row = (await connection.execute(statement.returning(accounts))).one_or_none()
    return account(row) if row else None


async def change(connection: AsyncConnection, user_id: int, values: dict[str, Any]) -> Account:
    """The account with these columns set anew."""
    statement = update(accounts).where(accounts.c.id == user_id).values(**values, updated_at=func.now())
    return account((await connection.execute(statement.returning(accounts))).one())


async def admins(connection: AsyncConnection) -> set[int]:
    """The ids of all who can do everything; none of them changes until the transaction ends.

    They are locked in order: two admins who change each other wait for one another, never both.
    """
    able = (accounts.c.role == str(Role.ADMIN)) & accounts.c.disabled.is_(False)
    statement = select(accounts.c.id).where(able).order_by(accounts.c.id).with_for_update()
    return set((await connection.execute(statement)).scalars())
