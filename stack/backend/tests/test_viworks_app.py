"""What holds for every request, whatever its route. The stores of these tests cannot be reached."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from viworks_backend import backend, client

PROBLEM = "application/problem+json"
GOOD = {"username": "ada", "password": "violet-Tram-32-lantern"}
PANEL, FOREIGN = "https://panel.example.org", "https://evil.example.org"
JSON = {"content-type": "application/json"}


@pytest.fixture
async def application() -> AsyncIterator[FastAPI]:
    async with backend() as started:
        yield started


@pytest.fixture
async def ask(application: FastAPI) -> AsyncIterator[AsyncClient]:
    async with client(application) as asking:
        yield asking


async def test_version_names_the_revision_of_the_build(ask: AsyncClient) -> None:
    assert (await ask.get("/version")).json() == {"service": "backend", "version": "0.1.0", "revision": "abc123"}


async def test_a_process_without_its_stores_is_alive_but_not_ready(ask: AsyncClient) -> None:
    assert (await ask.get("/health")).json() == {"status": "ok"}
    answer = await ask.get("/health/ready")
    assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
    assert answer.json()["failing"] == ["postgres", "redis"]


async def test_a_process_that_drains_says_so_and_asks_for_new_connections() -> None:
    draining = asyncio.Event()
    async with backend(draining) as started, client(started) as asking:
        assert "connection" not in (await asking.get("/health")).headers
        draining.set()
        answer = await asking.get("/health/ready")
        assert answer.json()["failing"] == ["draining"]
        assert answer.headers["connection"] == "close"


async def test_without_its_stores_the_api_says_so_but_not_what_they_are(ask: AsyncClient) -> None:
    answer = await ask.post("/api/auth/login", json=GOOD)
    assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
    assert answer.headers["retry-after"] == "1"
    assert "redis" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/api/none", 404),
        ("GET", "/%2e%2e/health", 404),
        ("PUT", "/health", 405),
        ("GET", "/version?x=1", 422),
        ("POST", "/api/auth/login", 503),
    ],
)
async def test_every_answer_has_an_id_and_the_security_headers(
    ask: AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await ask.request(method, path, json=GOOD if method == "POST" else None)
    assert answer.status_code == status
    assert answer.headers["content-type"] == ("application/json" if status == 200 else PROBLEM)
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers


async def test_a_bug_gets_a_problem_without_details_and_all_the_headers(
    application: FastAPI, ask: AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    @application.get("/bug", tags=["bugs"])
    async def bug() -> None:
        raise RuntimeError("the password is hunter2")

    answer = await ask.get("/bug")
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert "hunter2" not in answer.text
    assert "x-request-id" in answer.headers


@pytest.mark.parametrize("given", ["abc", "x" * 65, "a b c d e f g h", "<script>alert(1)</script>", "a\u00e9" * 8])
async def test_an_id_that_does_not_look_like_one_is_replaced(ask: AsyncClient, given: str) -> None:
    answer = await ask.get("/health", headers={"x-request-id": given.encode()})
    assert answer.headers["x-request-id"] != given
    good = await ask.get("/health", headers={"x-request-id": "4f9c2d1e-8a7b"})
    assert good.headers["x-request-id"] == "4f9c2d1e-8a7b"


async def test_a_wrong_method_is_told_all_that_the_path_knows(ask: AsyncClient) -> None:
    for method in ("PUT", "DELETE", "HEAD", "TRACE", "OPTIONS"):
        answer = await ask.request(method, "/api/users")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 50_000, 400),
        (b'{"username":' * 5_000, 400),
        (b"9" * 5_000, 400),
        (b"", 422),
        (b"null", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"NaN", 422),
        (b'{"\\ud800": 1}', 422),
        (json.dumps(GOOD | {"username": "\ud800"}).encode(), 422),
        (json.dumps(GOOD | {"password": "\ud800" * 12}).encode(), 422),
        (json.dumps(GOOD | {"username": "ada\x00"}).encode(), 422),
        (json.dumps(GOOD | {"username": "ada\n"}).encode(), 422),
        (json.dumps(GOOD | {"username": "' or 1=1 --"}).encode(), 422),
        (json.dumps(GOOD | {"username": 1}).encode(), 422),
        (json.dumps(GOOD | {"password": None}).encode(), 422),
        (json.dumps(GOOD | {"password": "x" * 129}).encode(), 422),
        (json.dumps(GOOD | {"extra": True}).encode(), 422),
        (json.dumps({"username": "ada"}).encode(), 422),
    ],
)
async def test_nothing_sent_makes_the_api_fall_over(
    ask: AsyncClient, body: bytes, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viworks.limits.Limiter.spend", nothing)
    answer = await ask.post("/api/auth/login", content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert "hunter2" not in answer.text


async def nothing(*_: Any) -> None:
    """Stands for a limiter with room for everybody."""


async def test_what_was_sent_is_not_repeated(ask: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viworks.limits.Limiter.spend", nothing)
    answer = await ask.post("/api/auth/login", json={"username": "<script>", "password": "hunter2" * 20})
    assert [error["field"] for error in answer.json()["errors"]] == ["body.username", "body.password"]
    assert "<script>" not in answer.text
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", ""]
)
async def test_a_body_of_another_type_is_refused(ask: AsyncClient, kind: str) -> None:
    answer = await ask.post("/api/auth/login", content=json.dumps(GOOD).encode(), headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM)


async def test_json_may_name_its_charset(ask: AsyncClient) -> None:
    headers = {"content-type": "Application/JSON; charset=utf-8"}
    assert (await ask.post("/api/auth/login", content=json.dumps(GOOD).encode(), headers=headers)).status_code == 503


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A body in pieces, with no length told."""
    for _ in range(0, size, 1024):
        yield b" " * 1024


async def test_a_large_body_is_refused_however_it_comes(ask: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viworks.limits.Limiter.spend", nothing)
    for content in (b" " * 65_537, chunks(66 * 1024)):
        answer = await ask.post("/api/auth/login", content=content, headers=JSON)
        assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)
    for content in (b" " * 65_536, chunks(64 * 1024)):
        assert (await ask.post("/api/auth/login", content=content, headers=JSON)).status_code in {400, 422}


@pytest.mark.parametrize("query", ["x=1", "limit=1&limit=2", "Limit=1", "=1"])
async def test_a_query_that_is_not_described_is_refused(ask: AsyncClient, query: str) -> None:
    answer = await ask.get(f"/api/users?{query}")
    assert answer.status_code in {422, 503}
    assert (await ask.get(f"/version?{query}")).status_code == 422


async def test_a_page_of_an_allowed_origin_may_read_and_send(ask: AsyncClient) -> None:
    answer = await ask.get("/version", headers={"origin": PANEL})
    assert answer.headers["access-control-allow-origin"] == PANEL
    assert answer.headers["vary"] == "Origin"
    wanted = {"origin": PANEL, "access-control-request-method": "PATCH"}
    preflight = await ask.options("/api/users/1", headers=wanted)
    assert preflight.status_code == 204
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    assert "If-Match" in preflight.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "origin", [FOREIGN, "null", f"{PANEL}.evil.example", f"{PANEL}:444", "http://panel.example.org"]
)
async def test_another_origin_hears_no_word_of_cors(ask: AsyncClient, origin: str) -> None:
    wanted = {"origin": origin, "access-control-request-method": "PATCH"}
    for answer in (
        await ask.get("/version", headers={"origin": origin}),
        await ask.options("/api/users/1", headers=wanted),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert origin not in str(answer.headers)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 503),
        ({"origin": "https://viworks.localhost:8443"}, 503),
        ({"origin": "https://viworks.localhost:8443", "sec-fetch-site": "same-origin"}, 503),
        ({"origin": PANEL, "sec-fetch-site": "cross-site"}, 503),
        ({"origin": FOREIGN}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://viworks.localhost:8443"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
    ],
)
async def test_a_session_is_refreshed_for_own_pages_alone(
    ask: AsyncClient, headers: dict[str, str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("viworks.limits.Limiter.spend", nothing)
    cookie = {"cookie": "__Secure-viworks_refresh=abc"}
    answer = await ask.post("/api/auth/refresh", headers=headers | cookie)
    assert answer.status_code == status  # 503: it went as far as the database


async def test_requests_are_counted_by_route_and_never_by_what_is_in_the_path(ask: AsyncClient) -> None:
    for path in ("/api/deployments/1", "/api/deployments/2", "/nowhere/1", "/nowhere/2"):
        await ask.get(path)
    text = (await ask.get("/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith("viworks_requests_total")]
    assert 'viworks_requests_total{method="GET",route="/api/deployments/{id}",status="503"} 2.0' in lines
    assert 'viworks_requests_total{method="GET",route="none",status="404"} 2.0' in lines
    assert len(lines) == 2
    assert "viworks_requests_in_flight 1.0" in text
    assert 'viworks_database_connections{state="limit"}' in text


async def test_the_log_has_a_line_a_request_without_query_and_headers(
    ask: AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await ask.get("/version?token=hunter2", headers={"authorization": "Bearer hunter2", "x-request-id": "12345678"})
    out = capsys.readouterr().out
    assert "/version" in out
    assert "12345678" in out
    assert "hunter2" not in out


async def test_the_description_is_complete(ask: AsyncClient) -> None:
    document = (await ask.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"bearer", "refresh"}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"]
            assert {"422", "500"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                check_response(document, path, status, response)


def check_response(document: dict[str, Any], path: str, status: str, response: dict[str, Any]) -> None:
    """An id with each, and a problem with an example for every error."""
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    assert "X-Request-Id" in response["headers"], (path, status)
    if status >= "400":
        assert list(response["content"]) == [PROBLEM], (path, status)
        assert response["content"][PROBLEM]["example"]["status"] == int(status)
    if status in {"429", "503"}:
        assert "Retry-After" in response["headers"]
