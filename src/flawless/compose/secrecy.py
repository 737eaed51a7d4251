"""What is secret, what may be known of it, and how it is taken out of the model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from flawless.compose import urls
from flawless.model.stack import MASK, SecretTraits, UrlTraits

_LONGEST = 100  # zxcvbn's time grows with the square of the length
_LEAST = 6

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ALWAYS = frozenset({"password", "passwd", "passphrase", "pwd", "pass", "pw", "pgpassword"})
_SECRET = _ALWAYS | frozenset(
    {"secret", "secrets", "token", "key", "apikey", "credential", "credentials", "creds", "dsn", "salt", "pepper"}
    | {"privatekey", "secretkey", "accesskey", "jwtsecret", "requirepass", "masterauth", "auth"}
)
_PUBLIC = frozenset({"public", "publishable", "pub"})
_ATTRIBUTE = frozenset(
    {"file", "path", "dir", "directory", "id", "name", "names", "ttl", "expiry", "expires", "expire", "expiration"}
    | {"days", "hours", "minutes", "seconds", "mins", "secs", "length", "len", "size", "count", "limit", "limits"}
    | {"algorithm", "alg", "rounds", "cost", "issuer", "audience", "host", "port", "user", "username", "type"}
    | {"prefix", "suffix", "header", "enabled", "enable", "disabled", "required", "method", "mode", "version"}
    | {"region", "endpoint", "policy", "min", "max", "age", "history", "location", "rotation", "period", "timeout"}
    | {"provider", "scheme", "format", "encoding", "url", "uri", "realm", "domain", "server", "backend", "service"}
    | {"label", "field", "column", "bits", "usage", "map", "alias", "store", "management", "reset", "lifetime"}
)
_PATH = re.compile(
    r"^(?:\.{1,2}/|~/|/(?:run|etc|var|opt|home|usr|srv|app|secrets?|certs?|data|mnt|root|tmp|config)/)\S*$"
)
_SWITCH = re.compile(r"^(?:|true|false|yes|no|on|off|none|null)$", re.IGNORECASE)
_SMALL = re.compile(r"^\d{1,6}$")
_BY_SHAPE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|^eyJ[\w-]{8,}\.[\w-]+\.|^gh[pousr]_\w{20,}|^github_pat_\w{20,}|^glpat-[\w-]{16,}"
    r"|^sk_live_\w{10,}|^xox[abpors]-[\w-]{10,}|^AGE-SECRET-KEY-1"
)
_EMBEDDED = re.compile(
    r"(?P<lead>[?&;\s'\"](?:password|passwd|pwd|token|secret|api_?key|access_?key|sig)=|^(?:password|pwd)="
    r"|--?(?:requirepass|masterauth|password|passwd|pass|token|secret|api-key)[= ]['\"]?"
    r"|\b[A-Z][A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY)=['\"]?"
    r"|://[^/\s:@]*:(?=[^@/\s]+@))(?P<value>[^\s&;'\"@$]+)",
    re.IGNORECASE,
)
_FLAGS = frozenset(
    {"--requirepass", "--masterauth", "--password", "--passwd", "--pass", "--token", "--secret", "--api-key"}
)

_FILLERS = re.compile(
    r"change[-_ ]?(?:me|it|this)|your[-_ ]|example|sample|placeholder|super[-_ ]?secret|replace[-_ ]|insert[-_ ]|dummy"
    r"|my[-_ ]?(?:secret|password|key)|jwt[-_ ]?(?:secret|key)|secret[-_ ]?(?:key|token|jwt)|keyboard cat|not[-_ ]so[-_ ]secret"
    r"|to[-_ ]?do|fix[-_ ]?me|xxxx|password123|<[^>]*>|\{\{.*\}\}|\$\{.*\}|\.\.\.$|^insecure|dev[-_ ]?(?:secret|key|password)"
    r"|^(.)\1*$",
    re.IGNORECASE,
)
_COMMON = frozenset(
    {"password", "passw0rd", "p@ssw0rd", "p@ssword", "pass", "secret", "admin", "root", "test", "testing", "default"}
    | {"postgres", "postgresql", "mysql", "redis", "mongo", "user", "guest", "token", "key", "jwt", "none", "null"}
    | {
        "12345",
        "123456",
        "1234567",
        "12345678",
        "123456789",
        "1234567890",
        "qwerty",
        "letmein",
        "welcome",
        "foo",
        "bar",
    }
    | {"abc123", "admin123", "secret123", "pass123", "root123", "test123", "development", "production", "app"}
)


def is_secret(name: str, value: str) -> bool:
    """Whether a variable is a secret by its name or by the shape of its value; files, paths and switches are not."""
    if _BY_SHAPE.search(value):
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or words[-1] in _ATTRIBUTE or _PUBLIC.intersection(words):
        return False
    if _PATH.match(value) or _SWITCH.match(value):
        return False
    if _ALWAYS.intersection(words):
        return True
    return bool(_SECRET.intersection(words)) and not _SMALL.match(value)


def placeholder(value: str) -> bool:
    """Whether a secret is one that a template, a tutorial or a default left behind."""
    plain = value.strip().lower()
    return plain in _COMMON or bool(_FILLERS.search(plain)) or plain in _digests()


@cache
def _digests() -> frozenset[str]:
    """Common words, hashed: they look random to any measure of strength."""
    hashes = (hashlib.md5, hashlib.sha1, hashlib.sha256)
    return frozenset(make(word.encode()).hexdigest() for word in {*_COMMON, "changeme"} for make in hashes)


def traits(value: str, key: bytes) -> SecretTraits:
    """What may be known of a secret. The fingerprint compares within one run only: its key is the run's own."""
    fingerprint = hashlib.blake2b(value.encode("utf-8", "surrogatepass"), key=key, digest_size=12).hexdigest()
    return SecretTraits(len(value.encode("utf-8", "surrogatepass")), _score(value), placeholder(value), fingerprint)


def _score(value: str) -> int:
    if not value:
        return 0
    from zxcvbn_rs_py import zxcvbn  # noqa: PLC0415  (its word lists load only where there is a secret)

    return int(zxcvbn(value[:_LONGEST]).score)


def url_traits(value: str, key: bytes) -> UrlTraits:
    """A URL's traits, its password reduced to what may be known of it."""
    parts = urls.split(value)
    password = traits(parts.password, key) if parts.password else None
    return UrlTraits(parts.scheme, parts.user, parts.host, parts.port, parts.path, password, parts.problem)


def shown(name: str, value: str) -> str:
    """The value of a variable as it may be shown."""
    if urls.is_url(name, value):
        return hide_embedded(urls.masked(value))
    return MASK if is_secret(name, value) else hide_embedded(value)


def hide_embedded(text: str) -> str:
    """Text without the secrets that its own form gives away (options, query parameters, URLs)."""
    return _EMBEDDED.sub(lambda found: found["lead"] + MASK, text)


def hide_known(text: str, values: Iterable[str]) -> str:
    """Text without secrets: known values first, then those that the text's own form gives away."""
    for value in values:
        text = text.replace(value, MASK)
    return hide_embedded(text)


def hide_words(words: Iterable[str], values: Iterable[str]) -> tuple[str, ...]:
    """A command without secrets, those after an option such as ``--requirepass`` included."""
    hidden: list[str] = []
    before = ""
    for word in words:
        hidden.append(MASK if before in _FLAGS else hide_known(word, values))
        before = word
    return tuple(hidden)


def secret_values(model: dict[str, Any]) -> list[str]:
    """Every secret value in a resolved model, longest first, words that the model shows anyway left out.

    A password that is also a service's name cannot be hidden by masking it; it would only blank the reports.
    """
    public = {*model.get("services", {}), model.get("name", ""), *_COMMON}
    found = {value for value in _values_in(model) if len(value.strip()) >= _LEAST and value.lower() not in public}
    return sorted(found, key=lambda value: (-len(value), value))


def _values_in(model: dict[str, Any]) -> Iterator[str]:
    for service in model.get("services", {}).values():
        build = service.get("build") or {}
        for variables in (service.get("environment"), build.get("args"), service.get("labels")):
            for name, value in (variables or {}).items():
                yield from _secrets_of(name, "" if value is None else str(value))
        for words in (
            service.get("command"),
            service.get("entrypoint"),
            (service.get("healthcheck") or {}).get("test"),
        ):
            yield from _secrets_in_words(words or ())


def _secrets_of(name: str, value: str) -> Iterator[str]:
    if urls.is_url(name, value):
        if password := urls.split(value).password:
            yield password
            yield urls.unquote(password)
    elif is_secret(name, value):
        yield value
    yield from (found["value"] for found in _EMBEDDED.finditer(value))


def _secrets_in_words(words: Iterable[str]) -> Iterator[str]:
    before = ""
    for word in words:
        if before in _FLAGS:
            yield word
        yield from (found["value"] for found in _EMBEDDED.finditer(word))
        before = word
