"""What the process needs from its environment, checked before anything starts.

Passwords come from files and are joined into the addresses here, so that no environment variable
ever holds one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit

LOG_LEVELS = ("debug", "info", "warning", "error")


class SettingsError(Exception):
    """One line for the operator: which setting, and what is wrong with it."""


@dataclass(frozen=True)
class Settings:
    database_dsn: str = field(repr=False)
    redis_dsn: str = field(repr=False)
    log_level: str = "info"
    revision: str = "unknown"


def load(environ: Mapping[str, str]) -> Settings:
    return Settings(
        database_dsn=database_dsn(environ),
        redis_dsn=redis_dsn(environ),
        log_level=log_level(environ.get("LOG_LEVEL", "info")),
        revision=environ.get("APP_REVISION", "unknown"),
    )


def database_dsn(environ: Mapping[str, str]) -> str:
    url = address("DATABASE_URL", environ.get("DATABASE_URL"), ("postgresql", "postgres"))
    if not url.username:
        raise SettingsError("DATABASE_URL names no user: postgresql://USER@HOST:PORT/DATABASE")
    if not url.path.strip("/"):
        raise SettingsError("DATABASE_URL names no database: postgresql://USER@HOST:PORT/DATABASE")
    file = environ.get("DATABASE_PASSWORD_FILE")
    return with_password(url, password("DATABASE_PASSWORD_FILE", file))


def redis_dsn(environ: Mapping[str, str]) -> str:
    url = address("REDIS_URL", environ.get("REDIS_URL"), ("redis", "rediss"))
    if url.path.strip("/") and not url.path.strip("/").isdigit():
        raise SettingsError("REDIS_URL must end in a database number: redis://HOST:PORT/0")
    file = environ.get("REDIS_PASSWORD_FILE")
    return with_password(url, password("REDIS_PASSWORD_FILE", file))


def address(name: str, value: str | None, schemes: tuple[str, ...]) -> SplitResult:
    if not value:
        raise SettingsError(f"{name} is missing")
    url = parsed(name, value)
    if url.scheme not in schemes:
        raise SettingsError(f"{name} must begin with {schemes[0]}://")
    if not url.hostname:
        raise SettingsError(f"{name} names no host")
    if url.password is not None:
        raise SettingsError(f"{name} must not hold a password: it belongs in a file")
    return url


def parsed(name: str, value: str) -> SplitResult:
    """Messages never repeat the value: someone may have put a password into it."""
    try:
        url = urlsplit(value)
        _ = url.port  # only read here does a wrong one raise
    except ValueError:
        raise SettingsError(f"{name} is no address: host or port cannot be read") from None
    return url


def password(name: str, file: str | None) -> str:
    if not file:
        raise SettingsError(f"{name} is missing")
    try:
        text = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: {file} cannot be read ({type(error).__name__})") from None
    if not text:
        raise SettingsError(f"{name}: {file} is empty")
    return text


def with_password(url: SplitResult, secret: str) -> str:
    """The user stays as written (it is encoded already), the password is encoded in full."""
    user = url.netloc.rpartition("@")[0]
    place = url.netloc.rpartition("@")[2]
    return url._replace(netloc=f"{user}:{quote(secret, safe='')}@{place}").geturl()


def log_level(value: str) -> str:
    if value.lower() not in LOG_LEVELS:
        raise SettingsError(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    return value.lower()
