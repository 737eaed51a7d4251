"""The route of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from viworks.audit import listing
from viworks.database import Database
from viworks.identity import Identity, Role
from viworks.problems import documented


def routes(database: Database, identity: Identity) -> APIRouter:
    """List."""
    router = APIRouter(prefix="/api/audit", tags=["audit"])

    @router.get(
        "",
        summary="The audit log, newest first",
        dependencies=[Depends(identity.require(Role.ADMIN))],
        responses=documented(401, 403, 422, 429, 503),
    )
    async def listed(filters: Annotated[listing.Filters, Query()]) -> listing.AuditPage:
        async with database.reading() as connection:
            return await listing.newest(connection, filters)

    return router
