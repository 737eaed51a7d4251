"""What is a secret, told from a name, a value or the form of a text. Pure; masking and traits are built on it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache

from flawless.model.stack import MASK

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
_ASSIGNED = re.compile(r"(?:export\s+)?['\"]?([A-Za-z_][\w.-]*)['\"]?\s*[=:]\s*(.*)", re.DOTALL)
# One of these is in all that the expression finds; without it a line of a log needs no search.
_HINTS = ("pass", "pwd", "token", "secret", "key", "sig=", "auth", "://")
_FLAGS = frozenset(
    {"--requirepass", "--masterauth", "--password", "--passwd", "--pass", "--token", "--secret", "--api-key"}
)
_FILLERS = re.compile(
    r"change[-_ ]?(?:me|it|this)|your[-_ ]|example|sample|placeholder|super[-_ ]?secret|replace[-_ ]|insert[-_ ]|dummy"
    r"|my[-_ ]?(?:secret|password|key)|jwt[-_ ]?(?:secret|key)|secret[-_ ]?(?:key|token|jwt)|keyboard cat"
    r"|not[-_ ]so[-_ ]secret|to[-_ ]?do|fix[-_ ]?me|xxxx|password123|<[^>]*>|\{\{.*\}\}|\$\{.*\}|\.\.\.$|^insecure"
    r"|dev[-_ ]?(?:secret|key|password)|^(.)\1*$",
    re.IGNORECASE,
)
COMMON = frozenset(
    {"password", "passw0rd", "p@ssw0rd", "p@ssword", "pass", "secret", "admin", "root", "test", "testing", "default"}
    | {"postgres", "postgresql", "mysql", "redis", "mongo", "user", "guest", "token", "key", "jwt", "none", "null"}
    | {"12345", "123456", "1234567", "12345678", "123456789", "1234567890", "qwerty", "letmein", "welcome", "foo"}
    | {"abc123", "admin123", "secret123", "pass123", "root123", "test123", "development", "production", "app", "bar"}
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
    return plain in COMMON or bool(_FILLERS.search(plain)) or plain in _digests()


@cache
def _digests() -> frozenset[str]:
    """Common words, hashed: they look random to any measure of strength."""
    hashes = (hashlib.md5, hashlib.sha1, hashlib.sha256)
    words = {*COMMON, "changeme"}
    return frozenset(make(word.encode(), usedforsecurity=False).hexdigest() for word in words for make in hashes)


def hide_embedded(text: str) -> str:
    """Text without the secrets that its own form gives away: options, query parameters, assignments, URLs."""
    low = text.casefold()
    if not any(hint in low for hint in _HINTS):
        return text
    return _EMBEDDED.sub(lambda found: found["lead"] + MASK, text)


def assignment(line: str) -> tuple[str, str] | None:
    """Name and value of a line that gives one to the other, without quotes: of an env file, INI, TOML, YAML or JSON."""
    found = _ASSIGNED.fullmatch(line.strip())
    if not found:
        return None
    value = found[2].removesuffix(",") if found[2][-2:-1] in ("'", '"') else found[2]
    return found[1], value[1:-1] if value[:1] in ("'", '"') and value[-1:] == value[:1] else value


def embedded(text: str) -> Iterator[str]:
    """The secrets that the form of a text gives away."""
    yield from (found["value"] for found in _EMBEDDED.finditer(text))


def hide_known(text: str, values: Iterable[str]) -> str:
    """Text without secrets: known values first (the longest first), then those that its own form gives away."""
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


def in_words(words: Iterable[str]) -> Iterator[str]:
    """The secrets that a command gives away."""
    before = ""
    for word in words:
        if before in _FLAGS:
            yield word
        yield from embedded(word)
        before = word
