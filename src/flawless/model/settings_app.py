"""What ``[app]`` of flawless.toml may say of the application. Values of secrets are never among it."""

from __future__ import annotations

from msgspec import Struct


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who can log in: the name, and where the password is, a variable of the environment or a file."""

    name: str
    password_env: str = ""
    password_file: str = ""


class LoginSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The request that gives a token; empty: worked out from the OpenAPI document.

    ``token_field`` is where the answer has it, with dots for what lies inside. ``form``: fields are sent as a form.
    """

    route: str = ""
    user_field: str = ""
    password_field: str = ""
    token_field: str = ""
    form: bool = False


class JwtSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the key that signs tokens is, and the public one: then expiry and audience can be tried too."""

    key_env: str = ""
    key_file: str = ""
    public_key_file: str = ""


class AppSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What the application answers. A route is ``METHOD /path?query``, or a path for GET; files are relative.

    ``restricted`` are routes of which the first account may use all and the second none; None: nobody said. ``audit``
    answers with the log of who did what; ``change`` (with the JSON ``change_body``) is a change that leaves an entry.
    ``origin`` is that of pages which may call the API from elsewhere. ``skip`` are operations to leave alone.
    """

    openapi: str = ""
    public: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    restricted: tuple[str, ...] | None = None
    limited: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    websockets: tuple[str, ...] = ()
    origin: str = ""
    audit: str = ""
    change: str = ""
    change_body: str = ""
    login: LoginSettings = LoginSettings()
    accounts: tuple[Account, ...] = ()
    jwt: JwtSettings = JwtSettings()
