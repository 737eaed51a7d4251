"""The audit log as admins read it, newest first."""

from datetime import datetime
from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

from viworks import paging
from viworks.audit.record import Outcome
from viworks.paging import Cursor, Limit, Since, Until
from viworks.tables import audit_log

OUTCOMES: tuple[Outcome, ...] = ("success", "failure")


def text(longest: int, description: str, example: str) -> Any:
    """A filter by any text that the log can hold: no NUL in it, which PostgreSQL has no room for."""
    return Field(pattern=rf"^[^\x00]{{1,{longest}}}$", description=description, examples=[example])


class AuditEntry(BaseModel):
    """One entry; `hash` covers it and the entry before."""

    model_config = ConfigDict(extra="forbid")

    seq: Annotated[int, Field(description="Number of the entry, without gaps", examples=[42])]
    at: Annotated[datetime, Field(examples=["2026-01-31T12:00:00.123456Z"])]
    actor: Annotated[str | None, Field(description="Username; null when nobody proved who it is", examples=["ada"])]
    address: Annotated[str, Field(description="Where the request came from", examples=["192.0.2.7"])]
    action: Annotated[str, Field(examples=["deployment.create"])]
    subject: Annotated[str, Field(description="What it was done to", examples=["deployment:7"])]
    outcome: Outcome
    details: Annotated[dict[str, Any], Field(examples=[{"service": "backend"}])]
    request_id: Annotated[str, Field(description="As in X-Request-Id and the logs", examples=["3f1c9b1e7d0a4c55"])]
    hash: Annotated[str, Field(description="SHA-256, in hex", examples=["9f86d081884c7d65"])]


class AuditPage(BaseModel):
    """A part of the log, newest first."""

    model_config = ConfigDict(extra="forbid")

    items: list[AuditEntry]
    next: Annotated[str | None, Field(description="`cursor` of the next page; null on the last", examples=[None])]


class Filters(BaseModel):
    """Which entries, and which part of them. Another parameter than these is refused."""

    model_config = ConfigDict(extra="forbid")

    actor: Annotated[str | None, text(64, "Username of who did it", "ada")] = None
    action: Annotated[str | None, text(64, "What was done", "deployment.create")] = None
    subject: Annotated[str | None, text(128, "What it was done to", "deployment:7")] = None
    outcome: Annotated[Outcome | None, Field(description="How it ended")] = None
    since: Since = None
    until: Until = None
    limit: Limit = 50
    cursor: Cursor = None


async def newest(connection: AsyncConnection, filters: Filters) -> AuditPage:
    """A page of the log: the actions and outcomes that may be in it are asked for one by one."""
    wanted = paging.Page(filters.limit, filters.since, filters.until, filters.cursor)
    equal = {name: value for name in ("actor", "subject") if (value := getattr(filters, name)) is not None}
    spread: dict[str, list[str]] = {"outcomes": [filters.outcome] if filters.outcome else list(OUTCOMES)}
    if filters.action:
        spread["actions"] = [filters.action]
    statement = listing(frozenset(equal), wanted.bounds, one_action="actions" in spread)
    rows = (await connection.execute(statement, {**wanted.parameters, **equal, **spread})).all()
    items = [shown(row) for row in rows[: filters.limit]]
    last = paging.Position(items[-1].at, items[-1].seq) if len(rows) > filters.limit else None
    return AuditPage(items=items, next=paging.cursor(last))


def shown(row: Any) -> AuditEntry:
    """A row as it goes out."""
    values = {name: getattr(row, name) for name in AuditEntry.model_fields}
    return AuditEntry.model_validate({**values, "hash": row.hash.hex()})


@cache
def listing(equal: frozenset[str], bounded: frozenset[str], *, one_action: bool) -> Select[Any]:
    """The statement of the list, with these columns asked for by a value, and these bounds."""
    actions = paging.values("actions") if one_action else paging.distinct(audit_log.c.action, "actions")
    spread = {"action": actions, "outcome": paging.values("outcomes")}
    return paging.page(audit_log, ("at", "seq"), equal, spread, bounded)
