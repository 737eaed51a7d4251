"""The routes of deployments."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Path, Query, Response

from viworks import requests
from viworks.audit.record import Entry, Outcome, record
from viworks.database import Database
from viworks.deployments import idempotency, queries
from viworks.deployments.model import (
    LARGEST_ID,
    Deployment,
    DeploymentPage,
    Filters,
    NewDeployment,
    Transition,
)
from viworks.deployments.states import MOVES
from viworks.identity import Identity, Principal, Role
from viworks.problems import documented, refused

Number = Annotated[int, Path(alias="id", ge=1, le=LARGEST_ID, description="Number of the deployment")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[0-9A-Za-z_-]{8,128}$",
        description="Made anew for each deployment: sent again within 24 hours, it gets the first answer again",
        examples=["8c4b1f6e-0a57-4d0e-9d3c-6a1f0c2b7e55"],
    ),
]
# A proxy that compresses marks the ETag as weak (RFC 9110, 8.8.1); the version in it stays exact.
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        pattern=r'^(W/)?"[1-9][0-9]{0,17}"$',
        description="The ETag of the deployment as it was read",
        examples=['"1"'],
    ),
]
ETAG = {
    "description": "The version, in quotes",
    "schema": {"type": "string", "pattern": '^"[1-9][0-9]*"$'},
    "required": True,
    "example": '"1"',
}
LOCATION = {
    "description": "Where the deployment is",
    "schema": {"type": "string", "format": "uri-reference"},
    "required": True,
    "example": "/api/deployments/7",
}
REPLAYED = {
    "description": "The key came before: this is the answer of then, and nothing was changed",
    "schema": {"type": "string", "enum": ["true"]},
    "example": "true",
}


def routes(database: Database, identity: Identity) -> APIRouter:
    """Create, list, show, move."""
    router = APIRouter(prefix="/api/deployments", tags=["deployments"])
    reading(router, database, identity)
    writing(router, database, identity)
    return router


def reading(router: APIRouter, database: Database, identity: Identity) -> None:
    """What every role may do."""
    anybody = [Depends(identity.require())]

    @router.get(
        "",
        summary="Deployments, newest first",
        dependencies=anybody,
        responses=documented(401, 422, 429, 503),
    )
    async def listed(filters: Annotated[Filters, Query()]) -> DeploymentPage:
        async with database.reading() as connection:
            return await queries.newest(connection, filters)

    @router.get(
        "/{id}",
        summary="One deployment",
        dependencies=anybody,
        responses={200: {"headers": {"ETag": ETAG}}, **documented(401, 404, 422, 429, 503)},
    )
    async def shown(number: Number, response: Response) -> Deployment:
        async with database.reading() as connection:
            found = await queries.find(connection, number)
        return tagged(response, known(found))


def writing(router: APIRouter, database: Database, identity: Identity) -> None:
    """What operators and admins may do."""
    operator = Annotated[Principal, Depends(identity.require(Role.OPERATOR, Role.ADMIN))]

    @router.post(
        "",
        status_code=201,
        summary="Record a deployment that is about to happen",
        responses={
            201: {"headers": {"ETag": ETAG, "Location": LOCATION, "Idempotency-Replayed": REPLAYED}},
            **documented(400, 401, 403, 413, 415, 422, 429, 503),
        },
    )
    async def create(
        new: NewDeployment,
        principal: operator,
        response: Response,
        key: IdempotencyKey = None,
    ) -> Deployment:
        deployment, replayed = await created(database, principal, new, key)
        response.headers["location"] = f"/api/deployments/{deployment.id}"
        if replayed:
            response.headers["idempotency-replayed"] = "true"
        return tagged(response, deployment)

    @router.post(
        "/{id}/transitions",
        summary="Move a deployment to its next state",
        responses={
            200: {"headers": {"ETag": ETAG}},
            **documented(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 503),
        },
    )
    async def move(
        number: Number,
        wanted: Transition,
        principal: operator,
        response: Response,
        if_match: IfMatch = None,
    ) -> Deployment:
        if if_match is None:
            raise HTTPException(428)
        return tagged(response, await moved(database, principal, number, wanted, version(if_match)))


def tagged(response: Response, deployment: Deployment) -> Deployment:
    """The deployment, with its version as the answer's ETag."""
    response.headers["etag"] = f'"{deployment.version}"'
    return deployment


def version(etag: str) -> int:
    """The version that an ETag names."""
    return int(etag.removeprefix("W/").strip('"'))


def known(found: Deployment | None) -> Deployment:
    """The deployment. Raises HTTPException 404 when there is none."""
    if found is None:
        raise HTTPException(404)
    return found


async def created(
    database: Database, principal: Principal, new: NewDeployment, key: str | None
) -> tuple[Deployment, bool]:
    """The new deployment and False, or the one that the key made before and True."""
    async with database.transaction() as connection:
        try:
            answer = await idempotency.claim(connection, principal.user_id, key, new.model_dump_json()) if key else None
        except idempotency.KeyReusedError:
            raise refused("header.Idempotency-Key", "Was used before with another body") from None
        if answer is not None:
            return Deployment.model_validate(answer), True
        deployment = await queries.insert(connection, new, principal.username)
        if key:
            await idempotency.keep(connection, principal.user_id, key, deployment.model_dump(mode="json"))
        await queries.announce(connection, deployment)
        details = new.model_dump(mode="json", exclude={"notes"})
        await record(connection, entry(principal, "deployment.create", deployment.id, "success", details))
    return deployment, False


async def moved(database: Database, principal: Principal, number: int, wanted: Transition, expected: int) -> Deployment:
    """The deployment in its next state. Raises HTTPException 403, 404, 409, 412."""
    async with database.transaction() as connection:
        before = known(await queries.find(connection, number))
        if not owns(principal, before):
            details: dict[str, Any] = {"to": wanted.state, "owner": before.who}
            await record(connection, entry(principal, "deployment.transition", number, "failure", details))
        else:
            if before.version != expected:
                raise HTTPException(412)
            if wanted.state not in MOVES[before.state]:
                raise HTTPException(409, f"A deployment that is {before.state} cannot become {wanted.state}.")
            after = await queries.update(connection, before, wanted)
            if after is None:
                raise HTTPException(412)
            await queries.announce(connection, after)
            details = {"from": before.state, "to": after.state, "version": after.version}
            await record(connection, entry(principal, "deployment.transition", number, "success", details))
            return after
    raise HTTPException(403, "An operator moves only the own deployments.")


def owns(principal: Principal, deployment: Deployment) -> bool:
    """Whether this principal may change it: the one who created it, or an admin."""
    return principal.role is Role.ADMIN or principal.username == deployment.who


def entry(principal: Principal, action: str, number: int, outcome: Outcome, details: dict[str, Any]) -> Entry:
    """For the audit log."""
    return Entry(
        actor=principal.username,
        address=requests.client_address(),
        action=action,
        subject=f"deployment:{number}",
        outcome=outcome,
        details=details,
        request_id=requests.request_id(),
    )
