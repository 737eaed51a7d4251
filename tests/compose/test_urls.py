"""URLs in environment values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.compose import urls
from flawless.model.stack import MASK


@pytest.mark.parametrize(
    ("value", "scheme", "user", "host", "port", "path"),
    [
        ("postgresql://app:pw@db:5432/app", "postgresql", "app", "db", 5432, "/app"),
        ("redis://redis/0", "redis", "", "redis", None, "/0"),
        ("redis://:pw@redis:6379", "redis", "", "redis", 6379, ""),
        ("postgres+asyncpg://u%40x:p%23@[::1]:1/d?sslmode=require", "postgres+asyncpg", "u@x", "::1", 1, "/d"),
        ("mongodb://a:b@one:1,two:2/db", "mongodb", "a", "one", 1, "/db"),
        ("https://example.test/@user/a:b", "https", "", "example.test", None, "/@user/a:b"),
        ("http://host:8080/x@y", "http", "", "host", 8080, "/x@y"),
        ("jdbc:postgresql://db:5432/x?user=a&password=b", "jdbc:postgresql", "", "db", 5432, "/x"),
        ("sqlite:///data/app.db", "sqlite", "", "", None, "/data/app.db"),
    ],
)
def test_a_good_url_is_taken_apart_without_a_problem(
    value: str, scheme: str, user: str, host: str, port: int | None, path: str
) -> None:
    parts = urls.split(value)
    assert (parts.scheme, parts.user, parts.host, parts.port, parts.path) == (scheme, user, host, port, path)
    assert not parts.problem


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("postgres:5432/app", "scheme"),
        ("db", "scheme"),
        ("", "empty"),
        ("postgres://u:p@ss@db/app", "@"),
        ("postgres://u:12/34@db/app", "/"),
        ("postgres://u:pa#ss@db/app", "#"),
        ("postgres://u:pa?ss@db/app", "?"),
        ("postgres://u:pa:ss@db/app", ":"),
        ("postgres://u:pa ss@db/app", "space"),
        ("postgres://u:100%@db/app", "%25"),
        ("postgres://u:a%zzb@db/app", "%25"),
        ("postgres://db:port/app", "port"),
        ("postgres://db:99999/app", "port"),
        ("postgres://db:0/app", "port"),
        ("postgres:///app", "host"),
        ("redis://:6379", "host"),
        ("redis://[::1/0", "bracket"),
    ],
)
def test_a_malformed_url_has_its_problem_named(value: str, word: str) -> None:
    assert word in urls.split(value).problem


@pytest.mark.parametrize(
    "value",
    [
        "postgres://u:S3CRET@db/a",
        "postgres://u:S3C@RET@db/a",
        "redis://:S3CRET/x@db",
        "x://u:S3:CRET@h",
        "u:S3CRET@db/x",
    ],
)
def test_a_password_is_masked_and_never_in_the_problem(value: str) -> None:
    password = urls.split(value).password
    assert password
    assert "RET" in password
    masked = urls.masked(value)
    assert MASK in masked
    assert "RET" not in masked + urls.split(value).problem


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [
        ("X", "http://a", True),
        ("DATABASE_URL", "postgres:5432", True),
        ("CACHE_URI", "redis", True),
        ("URL", "x", True),
        ("PUBLIC_URL", "/app", False),
        ("CURL", "x", False),
        ("SENTRY_DSN", "host=db password=x", False),
        ("X", "a:b", False),
    ],
)
def test_a_url_is_known_by_scheme_or_name(name: str, value: str, answer: bool) -> None:
    assert urls.is_url(name, value) is answer


@given(st.text())
def test_any_text_can_be_split_and_masked(text: str) -> None:
    urls.split(text)
    urls.masked(text)


_part = st.text(alphabet="abcXYZ012-._~", min_size=1, max_size=12)


@given(_part, _part, _part, st.integers(1, 65535))
def test_parts_put_together_come_apart_again(user: str, password: str, host: str, port: int) -> None:
    parts = urls.split(f"postgresql://{user}:{password}@{host}:{port}/app")
    assert (parts.user, parts.password, parts.host, parts.port, parts.problem) == (user, password, host, port, "")


@given(st.text(alphabet="ab@/#?:% []x", min_size=1, max_size=10))
def test_no_password_survives_masking_of_a_store_url(password: str) -> None:
    value = f"redis://u:Q9{password}Q9@cache:6379/0"
    assert "Q9" not in urls.masked(value)
