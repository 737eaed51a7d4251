"""Deployments in PostgreSQL. Every function works in the caller's transaction."""

from functools import cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from viworks import paging
from viworks.deployments.model import Deployment, DeploymentPage, Filters, NewDeployment, Transition
from viworks.deployments.states import Environment, State
from viworks.tables import deployments

CHANNEL = "deployments"


async def insert(connection: AsyncConnection, new: NewDeployment, who: str) -> Deployment:
    """A new one, planned."""
    statement = deployments.insert().values(**new.model_dump(), who=who).returning(deployments)
    return Deployment.model_validate((await connection.execute(statement)).one())


async def find(connection: AsyncConnection, number: int) -> Deployment | None:
    """The one with this id."""
    row = (await connection.execute(select(deployments).where(deployments.c.id == number))).one_or_none()
    return None if row is None else Deployment.model_validate(row)


async def update(connection: AsyncConnection, known: Deployment, wanted: Transition) -> Deployment | None:
    """The changed one; None when somebody else has changed it since `known` was read."""
    statement = (
        deployments.update()
        .where(deployments.c.id == known.id, deployments.c.version == known.version)
        .values(
            state=wanted.state,
            notes=known.notes if wanted.notes is None else wanted.notes,
            updated_at=func.clock_timestamp(),
            version=known.version + 1,
        )
        .returning(deployments)
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else Deployment.model_validate(row)


async def newest(connection: AsyncConnection, filters: Filters) -> DeploymentPage:
    """A page of the list: the environments and states that may be in it are asked for one by one."""
    wanted = paging.Page(filters.limit, filters.since, filters.until, filters.cursor)
    equal = {name: value for name in ("service", "who") if (value := getattr(filters, name)) is not None}
    spread = {
        "environments": [filters.environment] if filters.environment else list(Environment),
        "states": [filters.state] if filters.state else list(State),
    }
    statement = listing(frozenset(equal), wanted.bounds)
    rows = (await connection.execute(statement, {**wanted.parameters, **equal, **spread})).all()
    items = [Deployment.model_validate(row) for row in rows[: filters.limit]]
    last = paging.Position(items[-1].created_at, items[-1].id) if len(rows) > filters.limit else None
    return DeploymentPage(items=items, next=paging.cursor(last))


@cache
def listing(equal: frozenset[str], bounded: frozenset[str]) -> Select[Any]:
    """The statement of the list, with these columns asked for by a value, and these bounds."""
    spread = {"environment": paging.values("environments"), "state": paging.values("states")}
    return paging.page(deployments, ("created_at", "id"), equal, spread, bounded)


async def announce(connection: AsyncConnection, changed: Deployment) -> None:
    """Tells every process that listens, when the transaction is committed.

    PostgreSQL takes less than 8000 bytes; the longest notes, of characters that JSON escapes, stay below.
    """
    await connection.execute(select(func.pg_notify(CHANNEL, changed.model_dump_json())))
