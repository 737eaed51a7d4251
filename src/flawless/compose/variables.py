"""Environment variables and build arguments: masked, with their traits and the line that sets each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from flawless.compose import secrecy, urls
from flawless.compose.locate import Index
from flawless.model.stack import EnvVar, Origin
from flawless.sensitive import hide_known, is_secret

Lines = Mapping[str, Mapping[str, int]]


class Secrecy(Struct, frozen=True):
    """This run's fingerprint key, and the secret values of the whole model, the longest first.

    ``files`` are the texts of the secret files that a service sees, by their paths in its container.
    """

    key: bytes
    values: tuple[str, ...] = ()
    files: Mapping[str, str] = {}


def variables(values: Mapping[str, Any] | None, known: Secrecy, place: Callable[[str], Origin]) -> tuple[EnvVar, ...]:
    """Each variable that has a value, in the order of the resolved model."""
    pairs = [(name, value) for name, value in (values or {}).items() if value is not None]
    return tuple(variable(name, str(value), known, place(name)) for name, value in pairs)


def variable(name: str, value: str, known: Secrecy, origin: Origin) -> EnvVar:
    """One variable as it may be shown; the traits of ``X_FILE`` are those of the secret in the file it names."""
    shown = hide_known(secrecy.shown(name, value), known.values)
    if name.endswith("_FILE"):
        text = known.files.get(value)
        return EnvVar(name, shown, origin, None if text is None else secrecy.traits(text, known.key))
    if urls.is_url(name, value):
        return EnvVar(name, shown, origin, None, secrecy.url_traits(value, known.key))
    secret = secrecy.traits(value, known.key) if is_secret(name, value) else None
    return EnvVar(name, shown, origin, secret)


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
