"""Whose request it is, and over what it came."""

from typing import Any

import pytest

from viworks import requests
from viworks.limits import network


def scope(peer: str | None, **headers: str) -> dict[str, Any]:
    """Of a request from that peer; `x_forwarded_for` stands for X-Forwarded-For."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": (peer, 1) if peer else None, "headers": pairs, "scheme": "http"}


@pytest.mark.parametrize(
    ("peer", "told", "address"),
    [
        ("172.18.0.5", "203.0.113.9", "203.0.113.9"),
        ("172.18.0.5", "2001:db8::1", "2001:db8::1"),
        ("fd00::5", "203.0.113.9", "203.0.113.9"),
        ("8.8.8.8", "203.0.113.9", "8.8.8.8"),
        ("172.18.0.5", "1.2.3.4, 203.0.113.9", "172.18.0.5"),
        ("172.18.0.5", "evil\r\n", "172.18.0.5"),
        ("172.18.0.5", "", "172.18.0.5"),
        ("testclient", "203.0.113.9", "0.0.0.0"),
    ],
)
def test_what_a_client_says_of_its_address_counts_only_from_the_proxy(peer: str, told: str, address: str) -> None:
    assert requests.address(scope(peer, x_forwarded_for=told)) == address


def test_without_a_word_the_peer_is_the_client() -> None:
    assert requests.address(scope("8.8.8.8")) == "8.8.8.8"
    assert requests.address(scope(None)) == "0.0.0.0"


def test_a_forwarding_header_that_comes_twice_is_not_believed() -> None:
    twice = scope("172.18.0.5", x_forwarded_for="203.0.113.9")
    twice["headers"] *= 2
    assert requests.address(twice) == "172.18.0.5"


def test_outside_of_a_request_there_is_no_id() -> None:
    assert requests.request_id() == "-"
    with requests.remembered("12345678", "203.0.113.9"):
        assert (requests.request_id(), requests.client_address()) == ("12345678", "203.0.113.9")
    assert requests.request_id() == "-"


@pytest.mark.parametrize(("proto", "sent"), [("https", True), ("http", False)])
def test_hsts_is_sent_only_over_https(proto: str, sent: bool) -> None:
    message: Any = {"type": "http.response.start", "headers": []}
    requests.dress(scope("172.18.0.5", x_forwarded_proto=proto), message)
    assert (b"strict-transport-security" in dict(message["headers"])) is sent


def test_one_customer_with_ipv6_is_one_client() -> None:
    assert network("2001:db8:1:2:3::1") == network("2001:db8:1:2:ffff::9") != network("2001:db8:1:3::1")
    assert network("203.0.113.9") == "203.0.113.9"
