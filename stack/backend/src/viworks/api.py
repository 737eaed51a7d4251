"""The routes."""

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Query
from fastapi.responses import Response

from viworks import VERSION, problems, readiness
from viworks.model import (
    LARGEST_ID,
    Alive,
    Deployment,
    DeploymentList,
    NewDeployment,
    Problem,
    Ready,
    Version,
)
from viworks.stores import Cache, Database

log = structlog.get_logger()

Limit = Annotated[int, Query(ge=1, le=100, description="How many at most")]
Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only ids below this one")]


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem} for status in statuses}


def state_routes(database: Database, cache: Cache, revision: str) -> APIRouter:
    router = APIRouter(tags=["state"])
    probes = {"postgres": database.ping, "redis": cache.ping}

    @router.get("/health", summary="Is the process alive?")
    async def health() -> Alive:
        return Alive()

    @router.get(
        "/health/ready",
        summary="Do the stores answer?",
        response_model=Ready,
        responses=documented(503),
    )
    async def ready() -> Ready | Response:
        failing = await readiness.failing(probes)
        return problems.not_ready(failing) if failing else Ready()

    @router.get("/version", summary="What runs here?")
    async def version() -> Version:
        return Version(version=VERSION, revision=revision)

    return router


def deployment_routes(database: Database, cache: Cache) -> APIRouter:
    router = APIRouter(prefix="/api/deployments", tags=["deployments"])

    @router.get("", summary="Deployments, newest first", responses=documented(422, 503))
    async def newest(limit: Limit = 50, before: Before = None) -> DeploymentList:
        items = await database.newest(limit, before)
        return DeploymentList(items=items, total=await total(database, cache))

    @router.post("", status_code=201, summary="Record a deployment", responses=documented(400, 422, 503))
    async def record(new: NewDeployment) -> Deployment:
        deployment = await database.insert(new)
        await cache.forget_total()
        log.info("deployment recorded", id=deployment.id, service=deployment.service)
        return deployment

    return router


async def total(database: Database, cache: Cache) -> int:
    known = await cache.total()
    if known is not None:
        return known
    counted = await database.count()
    await cache.remember_total(counted)
    return counted
