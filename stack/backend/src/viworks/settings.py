"""What the process needs from its environment, checked before anything starts.

Passwords and keys come from files, so that no environment variable ever holds one. Messages never repeat a value:
someone may have put a secret into it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit

import limits

LOG_LEVELS = ("debug", "info", "warning", "error")
KEY_BYTES = 32  # RFC 7518, section 3.2: a key for HS256 has at least the 256 bits of its hash
KEY_CHARACTERS = 8  # 32 random hexadecimal digits have fewer different ones once in a billion keys
PLACEHOLDERS = (
    "changeme",
    "change-me",
    "change_me",
    "placeholder",
    "example",
    "secret",
    "password",
    "default",
    "your-",
)


class SettingsError(Exception):
    """One line for the operator: which setting, and what is wrong with it."""


@dataclass(frozen=True)
class Settings:
    """Everything the backend is told. The addresses hold their passwords, ready to connect with."""

    database_dsn: str = field(repr=False)
    redis_dsn: str = field(repr=False)
    jwt_keys: tuple[bytes, ...] = field(repr=False)  # the first signs, all verify
    login_rate_per_address: limits.RateLimitItem
    api_rate_per_account: limits.RateLimitItem
    api_rate_per_address: limits.RateLimitItem
    jwt_issuer: str = "viworks"
    jwt_audience: str = "viworks-api"
    cors_origins: tuple[str, ...] = ()
    log_level: str = "info"
    revision: str = "unknown"


def load(environ: Mapping[str, str]) -> Settings:
    """The settings of the backend. Raises SettingsError for the first that is missing or wrong."""
    return Settings(
        database_dsn=database_dsn(environ),
        redis_dsn=redis_dsn(environ),
        jwt_keys=keys(environ),
        jwt_issuer=name(environ, "JWT_ISSUER", "viworks"),
        jwt_audience=name(environ, "JWT_AUDIENCE", "viworks-api"),
        cors_origins=origins(environ.get("CORS_ORIGINS", "")),
        login_rate_per_address=rate(environ, "LOGIN_RATE_PER_ADDRESS", "20/minute"),
        api_rate_per_account=rate(environ, "API_RATE_PER_ACCOUNT", "600/minute"),
        api_rate_per_address=rate(environ, "API_RATE_PER_ADDRESS", "1200/minute"),
        log_level=log_level(environ),
        revision=environ.get("APP_REVISION") or "unknown",
    )


def database_dsn(environ: Mapping[str, str]) -> str:
    """postgresql://USER:PASSWORD@HOST:PORT/DATABASE from DATABASE_URL and DATABASE_PASSWORD_FILE."""
    url = address("DATABASE_URL", environ.get("DATABASE_URL"), ("postgresql", "postgres"))
    if not url.username:
        raise SettingsError("DATABASE_URL names no user: postgresql://USER@HOST:PORT/DATABASE")
    if not url.path.strip("/"):
        raise SettingsError("DATABASE_URL names no database: postgresql://USER@HOST:PORT/DATABASE")
    return with_password(url, secret(environ, "DATABASE_PASSWORD_FILE"))


def redis_dsn(environ: Mapping[str, str]) -> str:
    """redis://:PASSWORD@HOST:PORT/NUMBER from REDIS_URL and REDIS_PASSWORD_FILE."""
    url = address("REDIS_URL", environ.get("REDIS_URL"), ("redis", "rediss"))
    if url.path.strip("/") and not url.path.strip("/").isdigit():
        raise SettingsError("REDIS_URL must end in a database number: redis://HOST:PORT/0")
    return with_password(url, secret(environ, "REDIS_PASSWORD_FILE"))


def address(setting: str, value: str | None, schemes: tuple[str, ...]) -> SplitResult:
    """A URL with a host and without a password."""
    if not value:
        raise SettingsError(f"{setting} is missing")
    url = parsed(setting, value)
    if url.scheme not in schemes:
        raise SettingsError(f"{setting} must begin with {schemes[0]}://")
    if not url.hostname:
        raise SettingsError(f"{setting} names no host")
    if url.password is not None:
        raise SettingsError(f"{setting} must not hold a password: it belongs in a file")
    return url


def parsed(setting: str, value: str) -> SplitResult:
    """The parts of a URL."""
    try:
        url = urlsplit(value)
        _ = url.port  # only read here does a wrong one raise
    except ValueError:
        raise SettingsError(f"{setting} is no address: host or port cannot be read") from None
    return url


def secret(environ: Mapping[str, str], setting: str) -> str:
    """The text of the file that a setting names, without the newline at its end."""
    text = content(setting, environ.get(setting))
    if not text:
        raise SettingsError(f"{setting}: {environ[setting]} is empty")
    return text


def content(setting: str, file: str | None) -> str:
    """What a secret file holds; may be nothing."""
    if not file:
        raise SettingsError(f"{setting} is missing")
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{setting}: {file} cannot be read ({type(error).__name__})") from None


def keys(environ: Mapping[str, str]) -> tuple[bytes, ...]:
    """The key that signs, and after a change of keys also the one before, which only verifies.

    JWT_SECRET_PREVIOUS_FILE may be left out, and an empty file means that there is none.
    """
    current = key("JWT_SECRET_FILE", secret(environ, "JWT_SECRET_FILE"))
    file = environ.get("JWT_SECRET_PREVIOUS_FILE")
    text = content("JWT_SECRET_PREVIOUS_FILE", file) if file else ""
    return (current, key("JWT_SECRET_PREVIOUS_FILE", text)) if text else (current,)


def key(setting: str, text: str) -> bytes:
    """A key to sign with. Refuses what can be guessed: short, a placeholder, few characters, a repeated piece."""
    hint = "make one with: openssl rand -hex 32"
    if len(text.encode()) < KEY_BYTES:
        raise SettingsError(f"{setting} holds a key of under {KEY_BYTES} bytes; {hint}")
    if any(word in text.lower() for word in PLACEHOLDERS):
        raise SettingsError(f"{setting} holds a placeholder, not a key; {hint}")
    if len(set(text)) < KEY_CHARACTERS or text in (text + text)[1:-1]:
        raise SettingsError(f"{setting} holds a key that can be guessed; {hint}")
    return text.encode()


def place(dsn: str) -> str:
    """HOST:PORT of PostgreSQL, to name it without its password."""
    url = urlsplit(dsn)
    return f"{url.hostname}:{url.port or 5432}"


def with_password(url: SplitResult, password: str) -> str:
    """The user stays as written (it is encoded already), the password is encoded in full."""
    user = url.netloc.rpartition("@")[0]
    place = url.netloc.rpartition("@")[2]
    return url._replace(netloc=f"{user}:{quote(password, safe='')}@{place}").geturl()


def origins(value: str) -> tuple[str, ...]:
    """The origins of CORS_ORIGINS, as browsers write them (RFC 6454): scheme, host, port if it is not the usual one."""
    return tuple(origin(item.strip()) for item in value.split(",") if item.strip())


def origin(value: str) -> str:
    """One origin; neither a wildcard nor "null" is one."""
    url = parsed("CORS_ORIGINS", value)
    if url.scheme not in {"http", "https"} or not url.hostname or "*" in url.netloc or "@" in url.netloc:
        raise SettingsError("CORS_ORIGINS must list origins, as https://panel.example.org, with commas between them")
    if url.path or url.query or url.fragment:
        raise SettingsError("CORS_ORIGINS must list origins without a path: https://HOST or https://HOST:PORT")
    usual = {"http": 80, "https": 443}[url.scheme]
    netloc = url.netloc.lower()
    return f"{url.scheme}://{netloc.removesuffix(f':{usual}')}"


def rate(environ: Mapping[str, str], setting: str, default: str) -> limits.RateLimitItem:
    """A limit as text: `20/minute`, `5 per 15 minutes`."""
    try:
        return limits.parse(environ.get(setting) or default)
    except ValueError:
        raise SettingsError(f"{setting} must be a number and a time, as 20/minute") from None


def name(environ: Mapping[str, str], setting: str, default: str) -> str:
    """A short printable text."""
    value = environ.get(setting) or default
    if not value.isprintable() or len(value) > 100:
        raise SettingsError(f"{setting} must be at most 100 printable characters")
    return value


def port(environ: Mapping[str, str], default: int) -> int:
    """PORT, where the server listens."""
    value = environ.get("PORT") or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SettingsError("PORT must be a number from 1 to 65535")
    return int(value)


def log_level(environ: Mapping[str, str]) -> str:
    """LOG_LEVEL in small letters."""
    value = (environ.get("LOG_LEVEL") or "info").lower()
    if value not in LOG_LEVELS:
        raise SettingsError(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    return value
