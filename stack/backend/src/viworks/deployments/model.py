"""What goes in and out of the routes of deployments. The lengths are those of the table."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from viworks.deployments.states import Environment, State
from viworks.paging import Cursor, Limit, Since, Until

LARGEST_ID = 2**63 - 1

Service = Annotated[
    str,
    Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Name of the service in the stack", examples=["backend"]),
]
Revision = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$",
        description="Commit or version deployed",
        examples=["4f2c9e1"],
    ),
]
# Text for people: no control characters but tab, line feed and carriage return.
Notes = Annotated[
    str,
    Field(
        max_length=1000,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$",
        description="What people should know",
        examples=["behind the flag new-login"],
    ),
]
Who = Annotated[str, Field(pattern=r"^[^\x00]{1,64}$", description="Username of who created it", examples=["ada"])]


class NewDeployment(BaseModel):
    """A deployment that is about to happen."""

    model_config = ConfigDict(extra="forbid")

    service: Service
    revision: Revision
    environment: Environment
    notes: Notes = ""


class Transition(BaseModel):
    """The next state, and new notes if there are any; without, the notes stay."""

    model_config = ConfigDict(extra="forbid")

    state: State
    notes: Notes | None = None


class Deployment(BaseModel):
    """A deployment as it is recorded. What is in the table is told as it is, whatever the rules are by now."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    id: Annotated[int, Field(description="Number of the deployment", examples=[7])]
    service: Annotated[str, Field(description="Name of the service in the stack", examples=["backend"])]
    revision: Annotated[str, Field(description="Commit or version deployed", examples=["4f2c9e1"])]
    environment: Environment
    state: State
    notes: Annotated[str, Field(description="What people should know", examples=["behind the flag new-login"])]
    who: Annotated[str, Field(description="Username of who created it", examples=["ada"])]
    created_at: Annotated[datetime, Field(examples=["2026-01-31T12:00:00.123456Z"])]
    updated_at: Annotated[datetime, Field(examples=["2026-01-31T12:00:00.123456Z"])]
    version: Annotated[int, Field(description="Grows with every change; the ETag", examples=[1])]


class DeploymentPage(BaseModel):
    """A part of the list, newest first."""

    model_config = ConfigDict(extra="forbid")

    items: list[Deployment]
    next: Annotated[str | None, Field(description="`cursor` of the next page; null on the last", examples=[None])]


class Filters(BaseModel):
    """Which deployments, and which part of them. Another parameter than these is refused."""

    model_config = ConfigDict(extra="forbid")

    service: Service | None = None
    environment: Annotated[Environment | None, Field(description="Where to")] = None
    state: Annotated[State | None, Field(description="How it stands")] = None
    who: Who | None = None
    since: Since = None
    until: Until = None
    limit: Limit = 50
    cursor: Cursor = None
