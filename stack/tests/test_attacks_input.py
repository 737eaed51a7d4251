"""Attacks with what is sent: SQL, markup, sizes, depth, idempotency keys (ASVS 5.0 V1, V2 and V4)."""

from __future__ import annotations

import gzip
import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from stack.tests.described import Request, every_parameter
from stack.tests.harness import Login, Site

pytestmark = pytest.mark.engine

# What a database or its driver says when a statement was broken from outside.
DATABASE_WORDS = ("syntax error", "sqlstate", "sqlalchemy", "asyncpg", "psycopg", "unterminated", "pg_", "traceback")
BROKEN = ("'", '"', "\\", "') --", "1; select 1", "%27", "\u02bc", "$$", "/*")
SLEEPING = (
    "'; select pg_sleep(9) --",
    "' || (select pg_sleep(9)::text) || '",
    "1 and 1=(select 1 from pg_sleep(9))",
    "1; select pg_sleep(9)",
    "(select pg_sleep(9))",
)
TRUE, FALSE = "' or '1'='1", "' or '1'='2"
TRUE_NUMBER, FALSE_NUMBER = "1 or 1=1", "1 or 1=2"


def parameters(site: Site) -> list[Request]:
    """A request for each parameter of the description."""
    found = list(every_parameter(site.request("GET", "/openapi.json").json()))
    assert len(found) >= 35, "the description names fewer parameters than the API has"
    return found


def known_ids(site: Site, login: Login) -> dict[str, str]:
    """Ids of things that exist, by the path that takes them: a parameter is only reached behind a good id."""
    recorded = site.new_deployment(login)["id"]
    return {
        "/api/deployments/{id}": str(recorded),
        "/api/deployments/{id}/transitions": str(recorded),
        "/api/users/{id}": str(login.user["id"]),
    }


def send(site: Site, request: Request, login: Login) -> httpx2.Response:
    """Send it to the backend; what cannot be put in a header is percent-encoded."""
    path = request.template
    for name, value in request.path.items():
        path = path.replace(f"{{{name}}}", httpx2.QueryParams({"": value}).__str__()[1:].replace("+", "%20"))
    headers = {name: value.encode() for name, value in request.headers.items()}
    return site.directly(
        request.method, path, login=login, params=request.query or None, headers=headers, json=request.body
    )


def tried(site: Site, values: tuple[str, ...]) -> Iterator[tuple[Request, str, httpx2.Response]]:
    """Every parameter with every value, as an admin; logging in again where an operation ended the session."""
    account = site.new_account("admin")
    known = known_ids(site, account)
    for request in parameters(site):
        for value in values:
            answer = send(site, request.filled(value, known), account)
            if answer.status_code == 401 and "auth" not in request.template:
                account = site.new_account("admin")
                answer = send(site, request.filled(value, known), account)
            yield request, value, answer


def errors_in_postgres(site: Site) -> list[str]:
    """Statements that PostgreSQL could not parse or take, from its log."""
    words = ("syntax error", "unterminated", "does not exist", "invalid input syntax")
    return [line for line in site.logs("postgres").splitlines() if "ERROR" in line and any(w in line for w in words)]


def test_sql_in_any_parameter_breaks_no_statement(site: Site) -> None:
    before = errors_in_postgres(site)
    for request, value, answer in tried(site, BROKEN):
        assert answer.status_code < 500, (request.name, value, answer.text)
        said = answer.text.lower()
        assert not [word for word in DATABASE_WORDS if word in said], (request.name, value, said)
    assert errors_in_postgres(site) == before


def test_postgres_would_log_a_broken_statement(site: Site) -> None:
    """The control of the test above."""
    before = len(errors_in_postgres(site))
    with pytest.raises(RuntimeError):
        site.psql("select 'broken")
    with pytest.raises(RuntimeError):
        site.psql("select from where")
    assert len(errors_in_postgres(site)) > before


@pytest.mark.parametrize(("true", "false"), [(TRUE, FALSE), (TRUE_NUMBER, FALSE_NUMBER)], ids=["text", "number"])
def test_sql_in_any_parameter_decides_nothing(site: Site, true: str, false: str) -> None:
    """A true and a false condition give the same kind of answer, and never more than the value itself gives."""
    found: dict[str, list[tuple[int, int]]] = {}
    for request, _, answer in tried(site, (true, false)):
        items = answer.json().get("items", []) if answer.status_code == 200 else []
        found.setdefault(request.name, []).append((answer.status_code, len(items)))
    for name, (with_true, with_false) in found.items():
        assert with_true == with_false, name
        assert with_true[1] == 0, f"{name} lists rows for a condition"


def sleeps(site: Site) -> int:
    """How often this database slept because somebody asked it to."""
    asked = "select coalesce(sum(calls), 0) from pg_stat_statements where query ilike '%pg_sleep(%'"
    counted = f"{asked} and query not ilike '%pg_stat_statements%'"
    return int(site.psql(counted))


def test_sql_in_any_parameter_makes_the_database_wait_for_nothing(site: Site) -> None:
    """Time based injection, seen by the database's own record of statements instead of a clock."""
    before = sleeps(site)
    for request, value, answer in tried(site, SLEEPING):
        assert answer.status_code < 500, (request.name, value, answer.text)
    assert sleeps(site) == before
    site.psql("select pg_sleep(0)")
    assert sleeps(site) == before + 1, "the record of statements does not see a sleep"


MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{7*7}}${7*7}<%= 7*7 %>",
)


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_that_is_stored_comes_back_as_data(site: Site, markup: str) -> None:
    """Never as HTML: the type is JSON, browsers may not guess, and the text is the same text."""
    recorded = site.new_deployment(notes=markup)
    answer = site.request("GET", f"/api/deployments/{recorded['id']}", login=site.login("viewer"))
    assert answer.json()["notes"] == markup
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("markup", MARKUP[:2])
def test_markup_is_reflected_by_no_answer_as_html(site: Site, markup: str) -> None:
    paths = (f"/api/{markup}", f"/{markup}", f"/api/deployments/{markup}", f"/api/deployments?state={markup}")
    for path in paths:
        for headers in ({}, {"Accept": "text/html"}, {"Host": "127.0.0.1", "User-Agent": markup, "Referer": markup}):
            answer = site.request("GET", path, login=site.login(), headers=headers)
            if answer.headers["content-type"].startswith("text/html"):
                assert markup not in answer.text, path
            assert answer.headers["x-content-type-options"] == "nosniff"


def problem(answer: httpx2.Response, *codes: int) -> None:
    """The answer is a refusal that a program can read (RFC 9457)."""
    assert answer.status_code in codes, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["status"] == answer.status_code


def chunks(total: int) -> Iterator[bytes]:
    """A body without a length: it is known to be too large only when it is."""
    yield b'{"service": "'
    for _ in range(total // 8192):
        yield b"a" * 8192
    yield b'"}'


BIG = 1024 * 1024


@pytest.mark.parametrize("how", ["proxy", "backend"])
def test_a_body_too_large_is_refused(site: Site, how: str) -> None:
    ask = site.request if how == "proxy" else site.directly
    login = site.login("operator")
    big = json.dumps({"service": "backend", "revision": "abc", "environment": "staging", "notes": "a" * BIG})
    headers = {"Content-Type": "application/json"}
    problem(ask("POST", "/api/deployments", login=login, headers=headers, content=big), 413)
    problem(ask("POST", "/api/deployments", login=login, headers=headers, content=chunks(BIG)), 413)
    problem(ask("POST", "/api/auth/login", headers=headers, content=big), 413)


@pytest.mark.parametrize("how", ["proxy", "backend"])
def test_a_compressed_body_is_not_unpacked(site: Site, how: str) -> None:
    """A few kilobytes would become ten megabytes."""
    ask = site.request if how == "proxy" else site.directly
    bomb = gzip.compress(json.dumps({"service": "a" * 10 * BIG}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    problem(ask("POST", "/api/deployments", login=site.login("operator"), headers=headers, content=bomb), 400, 415, 422)


@pytest.mark.parametrize("opened", ["[", '{"a":'], ids=["arrays", "objects"])
@pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
def test_json_nested_deeply_is_refused(site: Site, opened: str, closed: bool) -> None:
    """As deep as the size limit allows; a parser that recurses would end."""
    depth = 60_000 // (len(opened) + 1)
    end = {"[": "]", '{"a":': "}"}[opened]
    nested = opened * depth + ("1" + end * depth if closed else "")
    headers = {"Content-Type": "application/json"}
    login = site.login("operator")
    problem(site.request("POST", "/api/deployments", login=login, headers=headers, content=nested), 400, 413, 422)
    inside = f'{{"service": "backend", "revision": "abc", "environment": "staging", "notes": {nested[:50_000]}}}'
    problem(site.request("POST", "/api/deployments", login=login, headers=headers, content=inside), 400, 413, 422)
    assert site.request("GET", "/health").status_code == 200


STRANGE: list[Any] = [
    b"\xff\xfe\x00",
    b'{"service": "\xed\xa0\x80"}',
    b'{"service": "a\\u0000b", "revision": "abc", "environment": "staging"}',
    b'{"service": "\\ud800", "revision": "abc", "environment": "staging"}',
    b'{"service": 1e999, "revision": NaN, "environment": -Infinity}',
    b'{"service": ' + b"9" * 5000 + b"}",
    b"",
    b"null",
    b"[]",
]


@pytest.mark.parametrize("content", STRANGE, ids=range(len(STRANGE)))
def test_text_that_no_database_could_hold_is_refused(site: Site, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = site.request("POST", "/api/deployments", login=site.login("operator"), headers=headers, content=content)
    problem(answer, 400, 422)


def test_an_idempotency_key_cannot_be_abused(site: Site) -> None:
    """One key is one deployment; it belongs to one account and to one body."""
    owner, other = site.new_account("operator"), site.new_account("operator")
    key = {"Idempotency-Key": secrets.token_hex(16)}
    body = {"service": "backend", "revision": secrets.token_hex(6), "environment": "staging"}
    first = site.request("POST", "/api/deployments", login=owner, headers=key, json=body)
    again = site.request("POST", "/api/deployments", login=owner, headers=key, json=body)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    problem(site.request("POST", "/api/deployments", login=owner, headers=key, json={**body, "revision": "x1"}), 422)
    stranger = site.request("POST", "/api/deployments", login=other, headers=key, json=body)
    assert stranger.status_code == 201
    assert stranger.json()["id"] != first.json()["id"]
    assert stranger.json()["who"] == other.user["username"]


@pytest.mark.parametrize("key", ["", "x", "x" * 5000, "a\u00e9", "' or '1'='1"])
def test_a_strange_idempotency_key_does_no_harm(site: Site, key: str) -> None:
    body = {"service": "backend", "revision": "abc", "environment": "staging"}
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = site.request("POST", "/api/deployments", login=site.login("operator"), headers=headers, json=body)
    assert answer.status_code in (201, 400, 422, 431), answer.text
