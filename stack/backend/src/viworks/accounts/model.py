"""What goes in and out of the routes of accounts. The lengths are those of the table."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from viworks.accounts.passwords import COMMON, LONGEST, SHORTEST
from viworks.accounts.tokens import ACCESS_SECONDS
from viworks.identity import Role

LARGEST_ID = 2**63 - 1
NAME = r"^[a-z][a-z0-9._-]{1,31}$"
# Strings and booleans must be just that; a role comes as a string and becomes a member of its class.
CLOSED = ConfigDict(extra="forbid", strict=True)
OUT = ConfigDict(extra="forbid", from_attributes=True)

Number = Annotated[int, Field(ge=1, le=LARGEST_ID, description="Number of the account", examples=[1])]
Username = Annotated[str, Field(pattern=NAME, description="Name to log in with; never changes", examples=["ada"])]
Password = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST, description="The password", examples=["correct-horse-9-battery"]),
]
NewPassword = Annotated[
    str,
    Field(
        min_length=SHORTEST,
        max_length=LONGEST,
        description="A new password: neither the username nor one of the most common",
        examples=["violet-Tram-32-lantern"],
        json_schema_extra={"not": {"enum": list(COMMON)}},
    ),
]
AnyRole = Annotated[Role, Field(strict=False, description="What the account may do", examples=["operator"])]
Moment = Annotated[datetime, Field(examples=["2026-01-31T12:00:00.123456Z"])]


class Credentials(BaseModel):
    """Who wants to log in."""

    model_config = CLOSED

    username: Username
    password: Password


class Person(BaseModel):
    """The account that is logged in."""

    model_config = OUT

    id: Number
    username: Username
    role: AnyRole


class LoggedIn(BaseModel):
    """A new access token. The refresh token comes as a cookie that no script can read."""

    model_config = OUT

    access_token: Annotated[
        str, Field(description="Send it as Authorization: Bearer TOKEN", examples=["eyJhbGciOi..."])
    ]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (the name of a scheme)
    expires_in: Annotated[int, Field(ge=1, description="Seconds", examples=[ACCESS_SECONDS])]
    user: Person


class Me(Person):
    """The account of the access token, its session, and when the token ends."""

    session_id: UUID
    expires_at: Moment


class PasswordChange(BaseModel):
    """The password of now, as proof, and the next one."""

    model_config = CLOSED

    current_password: Password
    new_password: NewPassword


class SessionOut(BaseModel):
    """One login that is still alive."""

    model_config = OUT

    id: UUID
    address: Annotated[str, Field(description="Where the login came from", examples=["192.0.2.7"])]
    user_agent: Annotated[str, Field(description="What the browser called itself", examples=["Mozilla/5.0"])]
    created_at: Moment
    used_at: Annotated[datetime, Field(description="Last refresh", examples=["2026-01-31T12:10:00Z"])]
    expires_at: Moment
    current: Annotated[bool, Field(description="Whether this request belongs to it")]


class Sessions(BaseModel):
    """Newest first."""

    model_config = OUT

    items: list[SessionOut]


class NewUser(BaseModel):
    """An account to create."""

    model_config = CLOSED

    username: Username
    password: NewPassword
    role: AnyRole


class UserChange(TypedDict, total=False):
    """What is to change; at least one. What is left out stays."""

    __pydantic_config__ = ConfigDict(  # type: ignore[misc]  # read by pydantic, no key of the dictionary
        extra="forbid", strict=True, json_schema_extra={"minProperties": 1, "examples": [{"role": "viewer"}]}
    )

    role: AnyRole
    disabled: Annotated[bool, Field(description="A disabled account cannot log in", examples=[True])]
    password: NewPassword


class User(Person):
    """An account as admins see it."""

    disabled: bool
    created_at: Moment
    updated_at: Moment


class Users(BaseModel):
    """A part of the accounts, oldest first."""

    model_config = OUT

    items: list[User]
    next: Annotated[int | None, Field(ge=1, description="`after` of the next page; null on the last")]
