"""Writes an entry of the audit log, in the transaction of the change that it tells of."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from viworks.tables import audit_log

Outcome = Literal["success", "failure"]


@dataclass(frozen=True)
class Entry:
    """Who did what to what. `actor` is a username, None when nobody proved who it is; `subject` is as deployment:7.

    No secret goes into `details`; text that came from outside is cut by the caller (the table takes 8 KiB).
    """

    actor: str | None
    address: str
    action: str
    subject: str
    outcome: Outcome
    details: dict[str, Any]
    request_id: str


async def record(connection: AsyncConnection, entry: Entry) -> None:
    """Appends the entry; it is kept when the caller's transaction is.

    From here to the end of the transaction every other writer waits, so this comes last in it.
    """
    values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    await connection.execute(audit_log.insert().inline().values(values))
