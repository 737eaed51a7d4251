"""The routes of accounts, for admins."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query

from viworks.accounts.access import Access
from viworks.accounts.administration import Administration
from viworks.accounts.model import LARGEST_ID, NewUser, User, UserChange, Users
from viworks.identity import Principal, Role
from viworks.problems import documented, refused

Number = Annotated[int, Path(alias="id", ge=1, le=LARGEST_ID, description="Number of the account")]
Limit = Annotated[int, Query(ge=1, le=100, description="How many at most")]
After = Annotated[int, Query(ge=0, le=LARGEST_ID, description="`next` of the page before")]


def routes(administration: Administration, access: Access) -> APIRouter:
    """List, create, change."""
    router = APIRouter(prefix="/api/users", tags=["users"])
    admin = Annotated[Principal, Depends(access.require(Role.ADMIN))]

    @router.get("", summary="Accounts, oldest first", responses=documented(401, 403))
    async def listed(principal: admin, limit: Limit = 50, after: After = 0) -> Users:
        found = await administration.page(limit + 1, after)
        items = [User.model_validate(account) for account in found[:limit]]
        return Users(items=items, next=items[-1].id if len(found) > limit else None)

    @router.post("", status_code=201, summary="Create an account", responses=documented(401, 403, 409))
    async def create(new: NewUser, principal: admin) -> User:
        """The username can never be changed: deployments and the audit log name it."""
        return User.model_validate(await administration.create(principal, new))

    @router.patch("/{id}", summary="Change an account", responses=documented(401, 403, 404, 409))
    async def change(number: Number, wanted: Annotated[UserChange, Body()], principal: admin) -> User:
        """Ends its sessions, so that it acts with its new role or not at all. The last admin cannot be demoted or
        disabled.
        """
        if not wanted:
            raise refused("body", "Name at least one thing to change")
        return User.model_validate(await administration.change(principal, number, wanted))

    return router
