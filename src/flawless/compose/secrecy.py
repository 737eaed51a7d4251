"""The secrets of a resolved model: what may be known of each, how its variable is shown, and all their values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from flawless.compose import urls
from flawless.lines import lines_of
from flawless.model.stack import MASK, SecretTraits, UrlTraits
from flawless.sensitive import COMMON, assignment, embedded, hide_embedded, in_words, is_secret, placeholder

_LONGEST = 100  # zxcvbn's time grows with the square of the length
_LEAST = 6
_LONGEST_LINE = 4_000
_WORDS = re.compile(r"[A-Za-z]+(?:[ _.-][A-Za-z]+)*")  # of these a setting called key or token may have one
_OF_ROLE = re.compile(r"(?i)\b(?:password|identified by)\s+'([^']+)'")
_RANDOM = re.compile(r"^(?=\S*\d)(?=\S*[A-Za-z])\S{16,}$")  # whatever its file is called


def traits(value: str, key: bytes) -> SecretTraits:
    """What may be known of a secret. The fingerprint compares within one run only: its key is the run's own."""
    content = value.encode("utf-8", "surrogatepass")
    fingerprint = hashlib.blake2b(content, key=key, digest_size=12).hexdigest()
    return SecretTraits(len(content), _score(value), placeholder(value), fingerprint)


@lru_cache(maxsize=64)
def _score(value: str) -> int:
    """Several services share a secret, and each guess at one takes milliseconds."""
    if not value:
        return 0
    from zxcvbn_rs_py import zxcvbn

    return int(zxcvbn(value[:_LONGEST]).score)


def url_traits(value: str, key: bytes) -> UrlTraits:
    """A URL's traits, its password reduced to what may be known of it."""
    parts = urls.split(value)
    password = traits(unquote(parts.password), key) if parts.password else None
    return UrlTraits(parts.scheme, parts.user, parts.host, parts.port, parts.path, password, parts.problem)


def shown(name: str, value: str) -> str:
    """The value of a variable as it may be shown."""
    if urls.is_url(name, value):
        return hide_embedded(urls.masked(value))
    return MASK if is_secret(name, value) else hide_embedded(value)


def secret_values(model: dict[str, Any]) -> list[str]:
    """Every secret value in a resolved model, longest first, words that the model shows anyway left out.

    A password that is also a service's name cannot be hidden by masking it; it would only blank the reports.
    """
    return sorted(secret_names(model), key=lambda value: (-len(value), value))


def secret_names(model: dict[str, Any]) -> dict[str, str]:
    """The same values, each with the name of the variable or the option that holds it."""
    public = _public_words(model)
    return {
        value: name
        for value, name in _values_in(model)
        if len(value.strip()) >= _LEAST and not {value, value.lower()} & public
    }


def file_names(texts: Mapping[str, str], model: dict[str, Any]) -> dict[str, str]:
    """What the files of secrets hold, each with the name of its secret; a user's name is as public there."""
    public = _public_words(model)
    return {
        value: name
        for name, text in texts.items()
        for value in in_files([text])
        if (is_secret(name, value) or _RANDOM.search(value)) and not {value, value.lower()} & public
    }


def in_mounted(texts: Iterable[str], model: dict[str, Any]) -> list[str]:
    """The secrets in mounted configuration: those given to a name of one, of a form of one, and of roles."""
    public = _public_words(model)
    found = (value for text in texts for line in lines_of(text) for value in _given_in(line[:_LONGEST_LINE]))
    return [value for value in dict.fromkeys(found) if len(value) >= _LEAST and not {value, value.lower()} & public]


def _given_in(line: str) -> Iterator[str]:
    assigned = assignment(line)
    if assigned and is_secret(*assigned) and ("pass" in assigned[0].lower() or not _WORDS.fullmatch(assigned[1])):
        yield assigned[1]
    yield from embedded(line)
    yield from _OF_ROLE.findall(line)


def _public_words(model: dict[str, Any]) -> set[str]:
    return {*model.get("services", {}), model.get("name", ""), *COMMON, *_public_in(model)}


def in_files(texts: Iterable[str]) -> list[str]:
    """What secret files give away: each text, and each line of those with several."""
    found: list[str] = []
    for text in texts:
        lines = [line.strip() for line in lines_of(text)]
        found += [text, *(line for line in lines if len(lines) > 1 and not line.startswith("-----"))]
    return [value for value in found if value]


def _public_in(model: dict[str, Any]) -> Iterator[str]:
    """Whole values of variables that are no secret, and the names in URLs: users, hosts, databases."""
    for service in model.get("services", {}).values():
        for name, value in (service.get("environment") or {}).items():
            if urls.is_url(name, str(value)):
                parts = urls.split(str(value))
                yield from (parts.user, parts.host, parts.path.strip("/"))
            elif not is_secret(name, str(value)):
                yield str(value)


def _values_in(model: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each value, and what holds it."""
    for service_name, service in model.get("services", {}).items():
        build, health = service.get("build") or {}, service.get("healthcheck") or {}
        for variables in (service.get("environment"), build.get("args"), service.get("labels")):
            for name, value in (variables or {}).items():
                yield from ((secret, name) for secret in _secrets_of(name, "" if value is None else str(value)))
        for words in (service.get("command"), service.get("entrypoint"), health.get("test")):
            yield from ((secret, f"the command of {service_name}") for secret in in_words(words or ()))


def _secrets_of(name: str, value: str) -> Iterator[str]:
    if urls.is_url(name, value):
        if password := urls.split(value).password:
            yield password
            yield unquote(password)
    elif is_secret(name, value):
        yield value
    yield from embedded(value)
