"""Walking a configuration: where a pass leads to, and which names must be containers."""

from __future__ import annotations

import pytest

from flawless.checks.edge._shared import Spot, is_peer, spots, targets
from flawless.model.nginx import Directive
from flawless.testing import samples
from flawless.testing.nginx import config, d


def _passed(address: str, *server: Directive, upstream: Directive | None = None) -> list[tuple[str, int | None]]:
    http = [*([upstream] if upstream else []), d("server", *server, d("location", "/", d("proxy_pass", address)))]
    return [(target.host, target.port) for target in targets(config(*http))]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://backend", [("backend", 80)]),
        ("https://backend/path?x=1", [("backend", 443)]),
        ("http://backend:8081$request_uri", [("backend", 8081)]),
        ("http://backend$request_uri", [("backend", 80)]),
        ("http://backend:8081${uri}", [("backend", 8081)]),
        ("http://[::1]:9000", [("[::1]", 9000)]),
        ("backend:5432", [("backend", 5432)]),
        ("backend", [("backend", None)]),
        ("http://${BACKEND}:80", [("", None)]),
        ("http://backend:$port", [("", None)]),
        ("http://unix:/run/app.sock:/", []),
    ],
)
def test_an_address_is_taken_apart(address: str, expected: list[tuple[str, int | None]]) -> None:
    assert _passed(address) == expected


def test_a_variable_may_hold_the_whole_address_and_other_variables() -> None:
    values = (d("set", "$host_name", "backend"), d("set", "$to", "http://$host_name:8081"))
    assert _passed("$to", *values) == [("backend", 8081)]


def test_members_of_an_upstream_but_sockets_are_targets() -> None:
    members = (d("server", "unix:/run/app.sock"), d("server", "backend"), d("server", "other:81", "backup"))
    assert _passed("http://app", upstream=d("upstream", "app", *members)) == [("backend", 80), ("other", 81)]


def test_the_innermost_block_that_has_a_directive_decides() -> None:
    outer, inner = d("limit_req", "zone=a"), d("limit_req", "zone=b")
    pass_on = d("proxy_pass", "http://x")
    tree = config(outer, d("server", inner, d("location", "/", pass_on)), d("server", d("location", "/", pass_on)))
    assert [spot.in_force("limit_req") for spot in spots(tree, "proxy_pass")] == [(inner,), (outer,)]
    assert Spot(pass_on, ()).in_force("limit_req") == ()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("backend", True),
        ("bakend", True),
        ("", False),
        ("localhost", False),
        ("host.docker.internal", False),
        ("10.0.0.3", False),
        ("[::1]", False),
        ("maps.example.com", False),
    ],
)
def test_names_without_dots_must_be_containers(host: str, expected: bool) -> None:
    nginx = samples.healthy_services()[0]
    assert is_peer(host, nginx, samples.stack()) is expected
