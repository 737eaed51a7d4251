"""What the environment may say, and how a wrong setting is told."""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from viworks import settings

SECRET = "p@ss/w:o?r#d %$é"
SOURCE = Path(__file__).resolve().parents[1] / "src"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "password").write_text(f"{SECRET}\n", encoding="utf-8")
    (tmp_path / "key").write_text(f"{secrets.token_hex(32)}\n", encoding="utf-8")
    return {
        "DATABASE_URL": "postgresql://viworks@postgres:5432/viworks",
        "DATABASE_PASSWORD_FILE": str(tmp_path / "password"),
        "REDIS_URL": "redis://redis:6379/0",
        "REDIS_PASSWORD_FILE": str(tmp_path / "password"),
        "JWT_SECRET_FILE": str(tmp_path / "key"),
    }


def test_passwords_are_joined_so_that_they_survive_parsing(environ: dict[str, str]) -> None:
    wanted = settings.load(environ)
    for dsn, user, port in ((wanted.database_dsn, "viworks", 5432), (wanted.redis_dsn, "", 6379)):
        url = urlsplit(dsn)
        assert (url.username or "", url.port) == (user, port)
        assert unquote(url.password or "") == SECRET


def test_an_encoded_user_an_ipv6_host_and_a_query_are_left_alone(environ: dict[str, str]) -> None:
    environ["DATABASE_URL"] = "postgresql://a%40b@[::1]:5432/x?sslmode=require"
    dsn = settings.load(environ).database_dsn
    assert dsn.startswith("postgresql://a%40b:p%40ss")
    assert dsn.endswith("@[::1]:5432/x?sslmode=require")


def test_no_secret_shows_up_in_the_representation(environ: dict[str, str]) -> None:
    wanted = settings.load(environ)
    assert "p%40ss" not in repr(wanted)
    assert wanted.jwt_keys[0].decode() not in repr(wanted)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DATABASE_URL", "", "DATABASE_URL is missing"),
        ("DATABASE_URL", "postgres:5432", "names no host"),
        ("DATABASE_URL", "/viworks", "must begin with postgresql://"),
        ("DATABASE_URL", "mysql://u@h/d", "must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://u@/d", "names no host"),
        ("DATABASE_URL", "postgresql://h/d", "names no user"),
        ("DATABASE_URL", "postgresql://u@h", "names no database"),
        ("DATABASE_URL", "postgresql://u@h:port/d", "host or port cannot be read"),
        ("DATABASE_URL", "postgresql://u@h:99999/d", "host or port cannot be read"),
        ("DATABASE_URL", "postgresql://u@[::1/d", "host or port cannot be read"),
        ("DATABASE_URL", "postgresql://u:hunter2@h/d", "must not hold a password"),
        ("REDIS_URL", "", "REDIS_URL is missing"),
        ("REDIS_URL", "http://redis", "must begin with redis://"),
        ("REDIS_URL", "redis://redis/cache", "must end in a database number"),
        ("REDIS_URL", "redis://:hunter2@redis/0", "must not hold a password"),
        ("DATABASE_PASSWORD_FILE", "", "DATABASE_PASSWORD_FILE is missing"),
        ("REDIS_PASSWORD_FILE", "nowhere/at/all", "cannot be read (FileNotFoundError)"),
        ("JWT_SECRET_FILE", "", "JWT_SECRET_FILE is missing"),
        ("JWT_SECRET_PREVIOUS_FILE", "nowhere/at/all", "cannot be read (FileNotFoundError)"),
        ("CORS_ORIGINS", "*", "must list origins"),
        ("CORS_ORIGINS", "null", "must list origins"),
        ("CORS_ORIGINS", "https://*.example.org", "must list origins"),
        ("CORS_ORIGINS", "https://a.example.org,ftp://b.example.org", "must list origins"),
        ("CORS_ORIGINS", "https://a.example.org/", "without a path"),
        ("LOGIN_RATE_PER_ADDRESS", "many", "must be a number and a time"),
        ("API_RATE_PER_ACCOUNT", "-1/minute", "must be a number and a time"),
        ("JWT_ISSUER", "a\nb", "printable"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of debug, info, warning, error"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(environ: dict[str, str], name: str, value: str, message: str) -> None:
    with pytest.raises(settings.SettingsError) as caught:
        settings.load(environ | {name: value})
    text = str(caught.value)
    assert message in text
    assert name in text
    assert "\n" not in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("short", "under 32 bytes"),
        ("x7" * 15 + "q", "under 32 bytes"),
        ("ChangeMe-ChangeMe-ChangeMe-1234567890", "a placeholder"),
        ("your-256-bit-key-goes-right-in-here-now", "a placeholder"),
        ("a" * 64, "can be guessed"),
        ("0123456789abcdef" * 4, "can be guessed"),
        ("abcabca" * 9, "can be guessed"),
    ],
)
def test_a_key_that_can_be_guessed_is_refused(environ: dict[str, str], tmp_path: Path, key: str, message: str) -> None:
    for name in ("JWT_SECRET_FILE", "JWT_SECRET_PREVIOUS_FILE"):
        file = tmp_path / "weak"
        file.write_text(key, encoding="utf-8")
        with pytest.raises(settings.SettingsError, match=message) as caught:
            settings.load(environ | {name: str(file)})
        assert str(caught.value).startswith(name)
        assert key not in str(caught.value)


def test_random_keys_are_accepted(environ: dict[str, str], tmp_path: Path) -> None:
    for text in (secrets.token_hex(32), secrets.token_hex(16), secrets.token_urlsafe(32)):
        (tmp_path / "key").write_text(text, encoding="utf-8")
        assert settings.load(environ).jwt_keys == (text.encode(),)


def test_an_empty_file_means_no_previous_key(environ: dict[str, str], tmp_path: Path) -> None:
    previous = tmp_path / "previous"
    previous.write_text("", encoding="utf-8")
    environ["JWT_SECRET_PREVIOUS_FILE"] = str(previous)
    assert len(settings.load(environ).jwt_keys) == 1
    previous.write_text(secrets.token_hex(32), encoding="utf-8")
    assert len(settings.load(environ).jwt_keys) == 2


def test_an_empty_password_file_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n", encoding="utf-8")
    with pytest.raises(settings.SettingsError, match="is empty"):
        settings.load(environ | {"REDIS_PASSWORD_FILE": str(empty)})


def test_origins_are_written_as_browsers_write_them(environ: dict[str, str]) -> None:
    environ["CORS_ORIGINS"] = " https://Panel.example.org:443 , http://localhost:3000,"
    assert settings.load(environ).cors_origins == ("https://panel.example.org", "http://localhost:3000")


def ended(program: str, environ: dict[str, str]) -> tuple[int, str]:
    """Exit code and standard error of `python -m viworks...`."""
    argv = [sys.executable, "-m", program]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(SOURCE), *sys.path]), **environ}
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("program", ["viworks", "viworks.migrate"])
def test_a_program_with_a_wrong_setting_ends_with_78_and_one_line(program: str) -> None:
    assert ended(program, {}) == (78, "settings: DATABASE_URL is missing\n")


def test_a_database_that_cannot_be_reached_ends_the_program_with_69_and_one_line(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environ["DATABASE_URL"] = f"postgresql://viworks@127.0.0.1:{port}/viworks"
    code, words = ended("viworks", environ)
    assert code == 69
    assert words.startswith(f"database: cannot reach 127.0.0.1:{port}: ")
    assert words.count("\n") == 1
