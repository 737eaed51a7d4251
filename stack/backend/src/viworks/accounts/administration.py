"""What admins do with accounts. Every change and its entry in the audit log are one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException

from viworks.accounts import sessions, users
from viworks.accounts.model import NewUser, UserChange
from viworks.accounts.passwords import Passwords
from viworks.accounts.revocations import Revocations
from viworks.accounts.service import acceptable, note, subject
from viworks.accounts.users import Account
from viworks.database import Database
from viworks.identity import Principal, Role


@dataclass(frozen=True)
class Administration:
    """Every method raises StoreError when a store does not answer, and then has changed nothing."""

    database: Database
    passwords: Passwords
    revocations: Revocations

    async def page(self, limit: int, after: int) -> Sequence[Account]:
        """At most so many accounts, by id, from the one behind `after`."""
        async with self.database.reading() as connection:
            return await users.page(connection, limit, after)

    async def create(self, principal: Principal, new: NewUser) -> Account:
        """The new account. Raises HTTPException 409 when the username is taken."""
        acceptable("body.password", new.password, new.username)
        made = await self.passwords.hash(new.password)
        async with self.database.transaction() as connection:
            account = await users.create(connection, new.username, made, new.role)
            if account is None:
                raise HTTPException(409, "An account has this username.")
            details = {"role": str(new.role)}
            await note(connection, principal.username, "user.create", subject(new.username), details=details)
        return account

    async def change(self, principal: Principal, user_id: int, wanted: UserChange) -> Account:
        """The account as it is then; it has to log in again, unless nothing changed.

        Raises HTTPException 404, and 409 when nobody would be left who can do everything.
        """
        made = await self.passwords.hash(wanted["password"]) if "password" in wanted else None
        async with self.database.transaction() as connection:
            admins = await users.admins(connection)
            account = await users.locked(connection, user_id)
            if account is None:
                raise HTTPException(404)
            if "password" in wanted:
                acceptable("body.password", wanted["password"], account.username)
            values = changes(account, wanted, made)
            if not values:
                return account
            keep_an_admin(admins, account, values)
            after = await users.change(connection, user_id, values)
            await self.revocations.end(await sessions.end(connection, user_id))
            await note(connection, principal.username, "user.update", subject(account.username), details=told(values))
        return after


def changes(account: Account, wanted: UserChange, password_hash: str | None) -> dict[str, Any]:
    """The columns that would not be what they are."""
    values: dict[str, Any] = {}
    if wanted.get("role", account.role) != account.role:
        values["role"] = str(wanted["role"])
    if wanted.get("disabled", account.disabled) != account.disabled:
        values["disabled"] = wanted["disabled"]
    if password_hash:
        values["password_hash"] = password_hash
    return values


def told(values: dict[str, Any]) -> dict[str, Any]:
    """The change for the audit log: of the password only that it changed."""
    details = {name: value for name, value in values.items() if name != "password_hash"}
    return details | ({"password": "changed"} if "password_hash" in values else {})


def keep_an_admin(admins: set[int], account: Account, values: dict[str, Any]) -> None:
    """Raises HTTPException 409 when the change would take away the last admin."""
    loses = values.get("disabled") is True or values.get("role", Role.ADMIN) != Role.ADMIN
    if loses and admins == {account.id}:
        raise HTTPException(409, "This is the last admin.")
