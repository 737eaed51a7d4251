"""Environment variables and build arguments: masked, with their traits and the line that sets each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flawless.compose import secrecy, urls
from flawless.compose.locate import Index
from flawless.model.stack import EnvVar, Origin
from flawless.sensitive import is_secret

Lines = Mapping[str, Mapping[str, int]]


def variables(values: Mapping[str, Any] | None, key: bytes, place: Callable[[str], Origin]) -> tuple[EnvVar, ...]:
    """Each variable that has a value, in the order of the resolved model."""
    pairs = [(name, value) for name, value in (values or {}).items() if value is not None]
    return tuple(variable(name, str(value), key, place(name)) for name, value in pairs)


def variable(name: str, value: str, key: bytes, origin: Origin) -> EnvVar:
    """One variable as it may be shown."""
    if urls.is_url(name, value):
        return EnvVar(name, secrecy.shown(name, value), origin, None, secrecy.url_traits(value, key))
    secret = secrecy.traits(value, key) if is_secret(name, value) else None
    return EnvVar(name, secrecy.shown(name, value), origin, secret)


def placed(index: Index, service: str, env_files: Mapping[str, str], lines: Lines) -> Callable[[str], Origin]:
    """A function from a variable's name to where it is set: the Compose file, else the last env file that names it.

    ``env_files`` maps absolute paths to names relative to the stack, in Compose's order.
    """

    def place(name: str) -> Origin:
        if origin := index.find("services", service, "environment", name):
            return origin
        for path, shown in reversed(list(env_files.items())):
            if line := lines.get(path, {}).get(name):
                return Origin(shown, line)
        return index.at("services", service, "environment")

    return place
