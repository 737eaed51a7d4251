import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from viworks import __main__ as program
from viworks import settings

SECRET = "p@ss/w:o?r#d %$é"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    return {
        "DATABASE_URL": "postgresql://viworks@postgres:5432/viworks",
        "DATABASE_PASSWORD_FILE": str(file),
        "REDIS_URL": "redis://redis:6379/0",
        "REDIS_PASSWORD_FILE": str(file),
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


def test_a_password_shows_up_in_no_representation(environ: dict[str, str]) -> None:
    assert "p%40ss" not in repr(settings.load(environ))


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


def test_an_empty_password_file_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n", encoding="utf-8")
    with pytest.raises(settings.SettingsError, match="is empty"):
        settings.load(environ | {"REDIS_PASSWORD_FILE": str(empty)})


def test_the_program_ends_with_78_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(sys, "argv", ["viworks"])
    assert program.main() == 78
    assert capsys.readouterr().err == "settings: DATABASE_URL is missing\n"
