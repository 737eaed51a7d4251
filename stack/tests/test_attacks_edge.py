"""Attacks on the way in: origins, headers, request smuggling, paths (ASVS 5.0 V3, V4 and V13; RFC 9112, 11.2)."""

from __future__ import annotations

import json
import secrets

import pytest
from websockets.exceptions import InvalidStatus

from stack.tests.harness import Site

pytestmark = pytest.mark.engine

EVIL = "https://evil.example"
PANEL = "https://panel.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


def allowed_origin(site: Site, method: str, path: str, origin: str) -> str | None:
    """The origin whose scripts may read the answer."""
    headers = {"Origin": origin, **(PREFLIGHT if method == "OPTIONS" else {})}
    answer = site.request(method, path, login=site.login(), headers=headers)
    return answer.headers.get("access-control-allow-origin")


@pytest.mark.parametrize("origin", [EVIL, "null", "*"])
@pytest.mark.parametrize("path", ["/api/deployments", "/api/auth/refresh", "/version", "/nothing-here"])
def test_a_foreign_origin_is_not_reflected(site: Site, origin: str, path: str) -> None:
    for method in ("GET", "OPTIONS"):
        assert allowed_origin(site, method, path, origin) is None, method


def test_only_a_listed_origin_is_answered_and_only_exactly(site: Site) -> None:
    with site.with_environment(CORS_ORIGINS=PANEL):
        for method in ("GET", "OPTIONS"):
            assert allowed_origin(site, method, "/api/deployments", PANEL) == PANEL
            for origin in (EVIL, f"{PANEL}.evil.example", PANEL.replace("https", "http"), "https://xpanel.example"):
                assert allowed_origin(site, method, "/api/deployments", origin) is None, (method, origin)
        answer = site.request("GET", "/version", headers={"Origin": PANEL})
        assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize("origin", [EVIL, "null", ""])
def test_a_stream_opened_by_another_site_is_refused(site: Site, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        site.events(origin=origin)
    assert refused.value.response.status_code == 403
    with site.events() as own:
        own.send(json.dumps({"token": site.login().token}))
        assert json.loads(own.recv(timeout=10)) == {"type": "ready"}


@pytest.mark.parametrize("first", ["not json", "{}", '{"token": "x"}', '{"token": null}', "[" * 5000])
def test_a_stream_without_a_good_token_is_closed(site: Site, first: str) -> None:
    with site.events() as stream:
        stream.send(first)
        with pytest.raises(Exception, match="4401"):
            stream.recv(timeout=10)
        assert stream.close_code == 4401


def get(path: str, *headers: str, version: str = "1.1") -> bytes:
    """A plain request, byte for byte."""
    return "\r\n".join((f"GET {path} HTTP/{version}", "Host: 127.0.0.1", *headers, "Connection: close", "", "")).encode(
        "latin-1"
    )


def head(answer: bytes) -> str:
    """Status line and headers."""
    return answer.partition(b"\r\n\r\n")[0].decode("latin-1").lower()


INJECTED = "%0d%0aSet-Cookie:%20stolen=1%0d%0a%0d%0a<script>"


@pytest.mark.parametrize("path", [f"/{INJECTED}", f"/api/deployments/{INJECTED}", f"/api/deployments?state={INJECTED}"])
def test_a_line_break_in_a_path_makes_no_header(site: Site, path: str) -> None:
    for tls in (True, False):
        answer = site.raw(get(path), tls=tls)
        assert answer.startswith(b"HTTP/1.1 ")
        assert "\r\nset-cookie" not in head(answer)


@pytest.mark.parametrize("name", ["X-Request-Id", "Origin", "Idempotency-Key", "If-Match", "User-Agent", "Accept"])
@pytest.mark.parametrize("value", ["a\nSet-Cookie: stolen=1", "a\rSet-Cookie: stolen=1", "a\0b", "x" * 100_000])
def test_a_line_break_in_a_header_makes_no_header(site: Site, name: str, value: str) -> None:
    answer = site.raw(get("/api/deployments", f"{name}: {value}"))
    assert "\r\nset-cookie" not in head(answer)
    assert answer[9:12] in (b"400", b"401", b"414", b"494"), head(answer)


def test_a_request_id_of_a_client_is_not_believed(site: Site) -> None:
    for wanted in ("<script>alert(1)</script>", "x" * 500, "id with spaces", "'; drop table audit_log --"):
        for ask in (site.request, site.directly):
            answer = ask("GET", "/version", headers={"X-Request-Id": wanted})
            assert wanted not in answer.headers["x-request-id"]


def test_a_foreign_host_reaches_no_link_and_no_header(site: Site) -> None:
    spoofed = (
        "Host: evil.example",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: evil",
        "Forwarded: host=evil",
    )
    for path in ("/", "/version", "/openapi.json", "/api/auth/me", "/nothing"):
        request = "\r\n".join((f"GET {path} HTTP/1.1", *spoofed, "Connection: close", "", "")).encode()
        assert b"evil" not in site.raw(request), path


@pytest.mark.parametrize("host", ["a b", "evil.example\\@127.0.0.1", "../x", "a/b"])
def test_a_host_that_is_none_is_refused(site: Site, host: str) -> None:
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    assert site.raw(request)[9:12] in (b"400", b"421")
    assert site.raw(request, tls=False)[9:12] in (b"400", b"421")


def test_a_claimed_address_does_not_reach_the_audit_log(site: Site) -> None:
    claimed, nobody = "203.0.113.7", f"nobody-{secrets.token_hex(6)}"
    names = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP")
    headers = {**dict.fromkeys(names, claimed), "Forwarded": f"for={claimed}"}
    credentials = {"username": nobody, "password": "a long and unlikely phrase"}
    assert site.request("POST", "/api/auth/login", headers=headers, json=credentials).status_code == 401
    log = site.request("GET", "/api/audit?limit=20", login=site.login()).json()["items"]
    mine = [entry for entry in log if nobody in json.dumps(entry)]
    assert mine, "the failed login is not in the audit log"
    assert claimed not in json.dumps(mine)


SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
FRAMINGS = {
    "length-and-chunks": ("Content-Length: 6", "Transfer-Encoding: chunked"),
    "two-lengths": ("Content-Length: 5", f"Content-Length: {5 + len(SMUGGLED)}"),
    "equal-lengths-in-one": ("Content-Length: 5, 5",),
    "signed-length": ("Content-Length: +5",),
    "two-codings": ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    "unknown-coding": ("Transfer-Encoding: xchunked",),
    "space-before-colon": ("Transfer-Encoding : chunked",),
    "tab-in-coding": ("Transfer-Encoding: chunked\x0b",),
    "folded": ("Transfer-Encoding:", " chunked"),
}


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_request_cannot_be_hidden_in_another(site: Site, framing: str) -> None:
    """Where a body's end can be read in two ways the proxy refuses, so that the backend is never asked to choose."""
    start = ("POST /api/auth/login HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", *FRAMINGS[framing])
    answer = site.raw("\r\n".join((*start, "", "0\r\n\r\n" + SMUGGLED)).encode("latin-1"))
    assert answer[9:12] in (b"400", b"411", b"501"), head(answer)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert "/smuggled" not in site.logs("nginx", "backend")


def test_the_proxy_speaks_no_protocol_of_the_backend(site: Site) -> None:
    """An upgrade to h2c would tunnel past every rule of the proxy."""
    answer = site.raw(
        get("/api/deployments", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__").replace(
            b"Connection: close", b"Connection: Upgrade, HTTP2-Settings, close"
        )
    )
    assert not answer.startswith(b"HTTP/1.1 101")
    for method in ("TRACE", "CONNECT", "PROPFIND"):
        request = get("/api/deployments").replace(b"GET", method.encode(), 1)
        assert site.raw(request)[9:12] in (b"400", b"401", b"403", b"404", b"405"), method


INSIDE = ("/metrics", "/health/ready")
TRICKS = (
    "{path}", "/{path}", "//{path}", "/.{path}", "/api/..{path}", "/api/%2e%2e{path}", "/api/..%2f{tail}",
    "/api//..{path}", "/version/..{path}", "/version%2f..{path}", "{path}/", "{path}%00", "{path}%20", "{path};x=1",
    "/api/..;{path}", "/api/.%2e{path}", "/api/%252e%252e{path}", "/api/\\..{path}", "{path}?x", "{path}#x",
    "http://backend:8081{path}", "/api/events/..{path}", "/api/auth/login/../../..{path}", "/{upper}", "/%{hex}{rest}",
)  # fmt: skip


@pytest.mark.parametrize("path", INSIDE)
def test_a_crooked_path_does_not_lead_inside(site: Site, path: str) -> None:
    tail = path[1:]
    shapes = {"path": path, "tail": tail, "upper": tail.upper(), "hex": f"{ord(tail[0]):x}", "rest": tail[1:]}
    inside = site.directly("GET", path)
    assert inside.status_code == 200, "the control: from inside it answers"
    known = ("# HELP", "postgres", "redis") if path == "/metrics" else tuple(inside.json())[:1]
    for trick in TRICKS:
        wanted = trick.format(**shapes)
        answer = site.raw(get(wanted)).decode("latin-1")
        body = answer.partition("\r\n\r\n")[2]
        assert inside.text[:60] not in body, wanted
        if answer[9:12] == "200":
            assert body.lstrip().startswith("<!doctype html>") or not [word for word in known if word in body], wanted
