"""The proxy from outside: TLS, headers, names, limits, error pages, what it passes on and what it keeps inside."""

from __future__ import annotations

import json
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx2
import pytest

from stack.tests.harness import Site, docker, until

pytestmark = pytest.mark.engine

HEADERS = {
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
CSP = (
    "default-src 'none'",
    "script-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
)
INSIDE_ONLY = ("/metrics", "/metrics/", "/health/ready", "/health/", "/%6detrics", "/health/../health/ready")


def handshake(site: Site, **wanted: ssl.TLSVersion) -> ssl.SSLSocket:
    """A TLS connection of one version."""
    context = ssl.create_default_context(cafile=str(site.stack / "certs" / "ca.crt"))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or this side would refuse the old versions by itself
    context.minimum_version = context.maximum_version = wanted["version"]
    context.set_alpn_protocols(["h2", "http/1.1"])
    plain = socket.create_connection(("127.0.0.1", site.https), timeout=10)
    return context.wrap_socket(plain, server_hostname="localhost")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_of_today_is_spoken_and_offers_http_2(site: Site, version: ssl.TLSVersion) -> None:
    with handshake(site, version=version) as connection:
        assert connection.selected_alpn_protocol() == "h2"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_tls_of_yesterday_is_refused(site: Site, version: ssl.TLSVersion) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)alert protocol version"):
        handshake(site, version=version)


ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/nothing-here.js", 404),
    ("GET", "/health", 200),
    ("GET", "/version", 200),
    ("GET", "/openapi.json", 200),
    ("GET", "/metrics", 404),
    ("GET", "/health/ready", 404),
    ("GET", "/api/deployments", 401),
    ("GET", "/api/nothing", 404),
    ("GET", "/api/events", 404),
    ("POST", "/api/auth/login", 422),
    ("DELETE", "/", 405),
    ("TRACE", "/", 405),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_carries_every_security_header_once(site: Site, method: str, path: str, status: int) -> None:
    answer = site.request(method, path)
    assert answer.status_code == status
    assert_protected(answer)


def assert_protected(answer: httpx2.Response) -> None:
    for name, value in HEADERS.items():
        assert answer.headers.get_list(name) == [value], name
    (policy,) = answer.headers.get_list("content-security-policy")
    assert all(part in policy.split("; ") for part in CSP)
    assert "unsafe" not in policy
    assert len(answer.headers.get_list("x-request-id")) == 1
    assert answer.headers["server"] == "nginx"


def test_a_body_too_large_is_refused_in_the_words_of_the_api(site: Site) -> None:
    answer = site.request("POST", "/api/deployments", content=b"x" * (64 * 1024 + 1))
    assert_problem(answer, 413)
    assert_protected(answer)


def test_a_header_too_large_is_refused_in_the_words_of_the_api(site: Site) -> None:
    assert_problem(site.request("GET", "/api/deployments", headers={"x-filler": "y" * 40_000}), 400)


def assert_problem(answer: httpx2.Response, status: int) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"] not in {"", "Error", "(none)"}
    assert problem["detail"] not in {"", "(none)"}
    assert problem["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", INSIDE_ONLY)
def test_what_is_for_inside_does_not_exist_outside(site: Site, path: str) -> None:
    answer = site.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"postgres" not in answer
    assert b"python_" not in answer


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "viworks.localhost"])
def test_plain_http_leads_to_https_on_the_name_that_was_asked_for(site: Site, name: str) -> None:
    answer = httpx2.get(f"http://127.0.0.1:{site.http}/audit?actor=x", headers={"host": f"{name}:{site.http}"})
    assert answer.status_code == 308
    assert answer.headers["location"] == f"https://{name}:{site.https}/audit?actor=x"


@pytest.mark.parametrize("name", ["evil.example", "evil.example:443", "localhost.evil.example", "postgres", "_"])
@pytest.mark.parametrize("tls", [True, False])
def test_a_foreign_name_is_refused_and_never_repeated(site: Site, name: str, tls: bool) -> None:
    answer = site.raw(f"GET /x HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode(), tls=tls)
    assert answer.startswith(b"HTTP/1.1 421 ")
    assert b"location:" not in answer.lower()
    assert b"evil" not in answer


def test_a_request_without_a_name_is_refused(site: Site) -> None:
    assert site.raw(b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")


def test_an_address_cannot_put_a_header_into_the_redirect(site: Site) -> None:
    asked = b"GET /%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    head = site.raw(asked, tls=False).split(b"\r\n\r\n")[0].lower()
    assert b"location: https://localhost" in head
    assert b"\r\nset-cookie" not in head


def test_the_proof_for_a_certificate_authority_is_served_over_plain_http(site: Site) -> None:
    write = "mkdir -p /acme/.well-known/acme-challenge && echo proof >/acme/.well-known/acme-challenge/token"
    volume = f"{site.project}_acme:/acme"
    docker("run", "--rm", "--user=0", "--volume", volume, "--entrypoint=sh", site.images["nginx"], "-c", write)
    answer = httpx2.get(f"http://127.0.0.1:{site.http}/.well-known/acme-challenge/token")
    assert (answer.status_code, answer.text) == (200, "proof\n")
    assert httpx2.get(f"http://127.0.0.1:{site.http}/.well-known/acme-challenge/").status_code == 404


def test_a_websocket_is_passed_on(site: Site) -> None:
    with site.events() as stream:
        stream.send(json.dumps({"token": site.login("viewer").token}))
        assert json.loads(stream.recv(timeout=10)) == {"type": "ready"}


def access_line(site: Site, request_id: str) -> dict[str, object]:
    """What the access log says of a request."""

    def found() -> dict[str, object] | None:
        lines = site.compose("logs", "--no-color", "--no-log-prefix", "--tail", "200", "nginx").splitlines()
        return next((json.loads(line) for line in lines if f'"request_id":"{request_id}"' in line), None)

    line = until(found, 10, f"a line about {request_id} in the access log")
    assert line is not None
    return line


def test_the_access_log_has_the_request_id_and_the_time_of_the_upstream_and_no_query(site: Site) -> None:
    answer = site.request("GET", "/icon.svg?token=do-not-log-this")
    line = access_line(site, answer.headers["x-request-id"])
    assert line["status"] == 200
    assert line["path"] == "/icon.svg"
    assert float(str(line["upstream_seconds"])) >= 0
    assert "do-not-log-this" not in json.dumps(line)


def test_the_access_log_names_what_was_asked_for_when_the_proxy_answered_itself(site: Site) -> None:
    answer = site.request("GET", "/metrics?token=do-not-log-this")
    line = access_line(site, answer.headers["x-request-id"])
    assert (line["status"], line["path"], line["upstream"]) == (404, "/metrics", "")
    assert "do-not-log-this" not in json.dumps(line)


def test_a_client_names_neither_its_address_nor_its_request(site: Site) -> None:
    claimed = {"x-forwarded-for": "203.0.113.7", "x-request-id": "claimed-by-client", "forwarded": "for=203.0.113.7"}
    wrong = {"username": "nobody-such", "password": "x" * 20}
    answer = site.request("POST", "/api/auth/login", json=wrong, headers=claimed)
    assert answer.status_code == 401
    assert answer.headers["x-request-id"] != "claimed-by-client"
    entries = site.request("GET", "/api/audit?limit=20", login=site.login()).json()["items"]
    (entry,) = [each for each in entries if each["request_id"] == answer.headers["x-request-id"]]
    assert entry["address"] != "203.0.113.7"


def test_a_backend_that_is_away_is_a_problem_for_programs_and_a_page_for_people(site: Site) -> None:
    site.compose("stop", "frontend")
    try:
        answer = site.request("GET", "/")
    finally:
        site.up("frontend")
    assert answer.status_code in {502, 504}
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["x-request-id"] in answer.text
    assert_protected(answer)


# A backend that takes requests and hangs up. It tells the method of each, the path, and what it shall upgrade to.
BROKEN_BACKEND = """
import re, socket
server = socket.create_server(("", 8081))
print("READY", flush=True)
while True:
    connection, _ = server.accept()
    request = connection.recv(65536).decode("latin-1")
    upgrade = re.search("(?im)^upgrade: *([^\\r]*)", request)
    print(*request.split(" ")[:2], upgrade[1] if upgrade else "-", flush=True)
    connection.close()
"""


@contextmanager
def broken_backend(site: Site) -> Iterator[str]:
    """A second backend of that kind, under the same name; yields its container."""
    name = f"{site.project}-broken"
    where = ("--network", f"{site.project}_app", "--network-alias", "backend", "--entrypoint", "python")
    docker("run", "--detach", "--name", name, *where, site.images["backend"], "-c", BROKEN_BACKEND)
    try:
        until(lambda: "READY" in docker("logs", name), 20, "the broken backend listens")
        yield name
    finally:
        docker("rm", "--force", name)


def test_only_what_changes_nothing_is_asked_again_elsewhere(site: Site) -> None:
    with broken_backend(site) as broken:

        def reads_reach_it() -> bool:
            assert site.request("GET", "/health").status_code == 200
            return "GET /health" in docker("logs", broken)

        until(reads_reach_it, 20, "the proxy finds the second address")
        statuses = [site.request("POST", "/api/auth/login", json={}).status_code for _ in range(30)]
        reached = docker("logs", broken).split().count("POST")
    assert reached > 0
    assert statuses.count(502) == reached
    assert statuses.count(422) == len(statuses) - reached


@pytest.mark.parametrize(
    ("path", "wanted", "passed_on"),
    [
        ("/api/events", "websocket", "websocket"),
        ("/api/events", "h2c", "-"),
        ("/api/deployments", "websocket", "-"),
        ("/version", "h2c", "-"),
    ],
)
def test_only_the_stream_of_events_upgrades_and_only_to_a_websocket(
    site: Site, path: str, wanted: str, passed_on: str
) -> None:
    headers = {"connection": "Upgrade, HTTP2-Settings", "upgrade": wanted, "http2-settings": "AAMAAABkAAQAAP__"}
    with broken_backend(site) as broken:

        def reached() -> list[str]:
            site.request("GET", path, headers=headers)
            return [line for line in docker("logs", broken).splitlines() if line.startswith(f"GET {path} ")]

        lines = until(reached, 20, "the proxy finds the second address")
    assert set(lines) == {f"GET {path} {passed_on}"}


def flood(site: Site, request: str, connections: int, each: int) -> list[int]:
    """The statuses of many requests that arrive as fast as connections carry them."""
    last = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")

    def one(_: int) -> bytes:
        return site.raw((request * (each - 1) + last).encode())

    with ThreadPoolExecutor(connections) as pool:
        received = b"".join(pool.map(one, range(connections)))
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


VERSION = "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def limited(site: Site) -> Iterator[Site]:
    """The site with the limits that it comes with."""
    with site.shipped_limits():
        yield site


def test_an_address_may_ask_200_times_a_second(limited: Site) -> None:
    statuses = flood(limited, VERSION, 2, 200)
    assert statuses == [200] * 400


def test_logins_are_limited_more_strictly_and_the_answer_says_when(limited: Site) -> None:
    statuses = flood(limited, "POST /api/auth/refresh HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 2, 60)
    assert 429 in statuses
    assert len(statuses) == 120

    def refused() -> httpx2.Response | None:
        answer = limited.request("POST", "/api/auth/refresh")
        return answer if answer.status_code == 429 and "too fast" in answer.text else None

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for answer in pool.map(lambda _: refused(), range(100)) if answer]
    assert_problem(answers[0], 429)
    assert answers[0].headers["retry-after"] == "1"
    assert limited.request("GET", "/version").status_code == 200


def test_a_flood_from_one_address_is_cut(limited: Site) -> None:
    statuses = flood(limited, "GET /icon.svg HTTP/1.1\r\nHost: localhost\r\n\r\n", 4, 900)
    assert {200, 429} == set(statuses)


def test_one_address_holds_a_limited_number_of_connections(site: Site) -> None:
    unfinished = b"POST /api/deployments HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n"
    with ExitStack() as held:
        for _ in range(512):
            plain = held.enter_context(socket.create_connection(("127.0.0.1", site.https), timeout=10))
            connection = held.enter_context(site.trust.wrap_socket(plain, server_hostname="127.0.0.1"))
            connection.sendall(unfinished)
        until(lambda: site.request("GET", "/version").status_code == 429, 10, "one connection more is refused")
        assert "limiting connections by zone" in site.compose("logs", "--no-color", "--tail", "50", "nginx")
    until(lambda: site.request("GET", "/version").status_code == 200, 10, "the connections are given back")


def test_a_client_that_never_finishes_is_let_go(site: Site) -> None:
    assert site.raw(b"GET /version HTTP/1.1\r\nHost: local") in {b""} | {b"HTTP/1.1 408 Request Time-out\r\n"}


def test_the_configuration_is_what_nginx_calls_correct_without_a_warning(site: Site) -> None:
    done = subprocess.run(
        ("docker", "compose", "exec", "-T", "nginx", "nginx", "-t", "-e", "stderr"),
        cwd=site.stack,
        env=site.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "test is successful" in done.stderr
    assert "[warn]" not in done.stderr
