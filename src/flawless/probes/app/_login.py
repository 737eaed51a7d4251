"""Logging in: the account's password is read where flawless.toml says it is, and never shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flawless.config import variable
from flawless.errors import FlawlessError
from flawless.model.settings_app import Account
from flawless.ports.bundle import Target
from flawless.probes.app._openapi import Operation, sample
from flawless.probes.app._requests import FORM_TYPE, JSON_TYPE, Request, Values, request_of, route_of
from flawless.probes.app._visit import Visit
from flawless.probes.live._services import UnseenError

_LOGIN = re.compile(r"(?:log-?in|sign-?in|/tokens?|/sessions?|authenticate)/?$", re.IGNORECASE)
_USERS = ("username", "email", "user", "login", "name", "user_name", "userName")
_PASSWORDS = ("password", "passwd", "pass", "secret")
_TOKENS = ("access_token", "accessToken", "token", "jwt", "id_token", "idToken", "data.access_token", "data.token")
_NOBODIES = "app-nobodies"
NO_ACCOUNT = 'write [[app.accounts]] with name = "…" and password_file = "…" (or password_env = "…") into flawless.toml'


def login_operation(target: Target, operations: Iterable[Operation]) -> Operation | None:
    """What logs in: as flawless.toml says, else a described POST whose path says so and whose body has a password."""
    said = target.settings.app.login
    found = tuple(operations)
    if said.route:
        named = route_of(said.route if " " in said.route else f"POST {said.route}")
        return next((each for each in found if each.name == named.name), named)
    fitting = (each for each in found if each.method == "POST" and _LOGIN.search(each.route))
    return next((each for each in fitting if {field.name for field in each.fields} & set(_PASSWORDS)), None)


def login_request(target: Target, operation: Operation, user: str, password: str) -> Request:
    """The request that tries to log in as somebody."""
    said = target.settings.app.login
    names = [field.name for field in operation.fields]
    user_field = _user_field(target, operation)
    password_field = said.password_field or next((name for name in _PASSWORDS if name in names), _PASSWORDS[0])
    whole = sample(operation.body) if operation.body else {}
    fields = {**(whole if isinstance(whole, dict) else {}), user_field: user, password_field: password}
    plain = request_of(operation)
    if said.form or operation.form:
        return Request(operation.method, plain.target, urlencode(fields).encode(), FORM_TYPE)
    return Request(operation.method, plain.target, json.dumps(fields).encode(), JSON_TYPE)


def nobody(target: Target, operation: Operation) -> Values:
    """A name of the login's body that was not used before in this look; empty for any other operation.

    After some failures an account is locked (OWASP ASVS 6.3.1), and then nothing more of what is sent is reached.
    """
    login = login_operation(target, (operation,))
    if login is None or login.name != operation.name:
        return {}
    number = next(target.shared.setdefault(_NOBODIES, count(1)))
    place = ("body", _user_field(target, operation))
    schema = next((field.schema for field in operation.fields if field.name == place[1]), {})
    return {place: f"nobody{number}@example.com" if schema.get("format") == "email" else f"nobody{number}"}


def _user_field(target: Target, operation: Operation) -> str:
    names = [field.name for field in operation.fields]
    return target.settings.app.login.user_field or next((name for name in _USERS if name in names), _USERS[0])


async def log_in(target: Target, now: Visit, operations: Iterable[Operation], number: int = 0) -> str:
    """The token of the account of that number; UnseenError, with the line to add, where there is none."""
    accounts = target.settings.app.accounts
    if number >= len(accounts):
        which = "no account" if not accounts else "no second account"
        raise UnseenError(f"flawless.toml names {which} of the application", remedy=NO_ACCOUNT)
    operation = login_operation(target, operations)
    if operation is None:
        remedy = 'write route = "POST /…" under [app.login] in flawless.toml'
        raise UnseenError("nothing tells the request that logs in", remedy=remedy)
    password = _password(target, accounts[number])
    answer = await now.ask(login_request(target, operation, accounts[number].name, password))
    token = _token(answer.body, target.settings.app.login.token_field) if answer.status in (200, 201) else ""
    if not token:
        said = answer.error or f"answered {answer.status}"
        why = f"{operation.name} {said} to the account {accounts[number].name}, and no token was in it"
        raise UnseenError(why, remedy="see that the account is there, and name token_field under [app.login]")
    target.ports.masker.learn([token])
    return token


async def token_or_why(target: Target, now: Visit, operations: Iterable[Operation], number: int = 0) -> tuple[str, str]:
    """The token and "", or "" and why there is none, with what to do."""
    try:
        return await log_in(target, now, operations, number), ""
    except FlawlessError as error:
        return "", f"{error.what}: {error.remedy}" if error.remedy else error.what


def secret_of(target: Target, name: str, file: str) -> str:
    """A secret from the environment, or from a file beside the stack; the masker knows it from here on."""
    if name:
        found = variable(name)
        if not found:
            raise UnseenError(f"the variable {name} is not set", remedy=f"set {name}")
    else:
        found = target.ports.files.read_text(Path(target.stack.root) / file).strip()
    target.ports.masker.learn([found])
    return found


def _password(target: Target, account: Account) -> str:
    return secret_of(target, account.password_env, account.password_file)


def _token(body: bytes, field: str) -> str:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if isinstance(answer, str):
        return answer
    found = (_inside(answer, name) for name in ((field,) if field else _TOKENS))
    return next((token for token in found if token), "")


def _inside(answer: Any, field: str) -> str:
    for word in field.split("."):
        answer = answer.get(word) if isinstance(answer, dict) else None
    return answer if isinstance(answer, str) else ""
