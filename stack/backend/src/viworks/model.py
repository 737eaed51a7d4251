"""What goes in and out of the API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Environment = Literal["development", "staging", "production"]
LARGEST_ID = 2**63 - 1

ServiceName = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Name of the service in the stack"),
]
Revision = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$", description="Commit or version deployed"),
]


class NewDeployment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    service: ServiceName
    revision: Revision
    environment: Environment


class Deployment(NewDeployment):
    id: int
    created_at: datetime


class DeploymentList(BaseModel):
    items: list[Deployment]
    total: int


class Alive(BaseModel):
    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    status: Literal["ready"] = "ready"


class Version(BaseModel):
    service: Literal["backend"] = "backend"
    version: str
    revision: str


class FieldError(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldError] | None = None
    failing: list[str] | None = None
