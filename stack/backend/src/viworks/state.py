"""The routes that tell how the process is: alive, ready, which revision, what it counts."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, ConfigDict, Field

from viworks import VERSION, problems
from viworks.metrics import Metrics
from viworks.readiness import Readiness


class Alive(BaseModel):
    """The process answers; nothing is said of its stores."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"status": "ok"}})

    status: Literal["ok"] = "ok"


class Version(BaseModel):
    """What runs here."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"service": "backend", "version": "0.1.0", "revision": "966e3ac"}},
    )

    service: Literal["backend"] = "backend"
    version: Annotated[str, Field(description="Version of the program")]
    revision: Annotated[str, Field(description="Commit that it was built from")]


def routes(readiness: Readiness, metrics: Metrics, revision: str) -> APIRouter:
    """GET /health, /version, and for the inside alone /health/ready and /metrics."""
    router = APIRouter(tags=["state"])

    @router.get("/health", summary="Is the process alive?")
    async def health() -> Alive:
        """Answers as long as the process does; whether its stores answer is another question."""
        return Alive()

    @router.get("/version", summary="What runs here?")
    async def version() -> Version:
        """The version of the program and the revision it was built from."""
        return Version(version=VERSION, revision=revision)

    # Not described: the proxy lets neither through.
    @router.get("/health/ready", include_in_schema=False, response_model=None)
    async def ready() -> dict[str, Any] | Response:
        failing = await readiness.failing()
        return problems.not_ready(failing) if failing else {"status": "ready"}

    @router.get("/metrics", include_in_schema=False)
    async def measured() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router
