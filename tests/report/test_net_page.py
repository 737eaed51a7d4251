"""The networks of a stack as tables, as a picture and as JSON."""

from __future__ import annotations

import json

from flawless.model.check import Outcome
from flawless.model.wiring import Isolation, Member, Need, PublishedPort, Reachable, Way, WiredNetwork, Wiring
from flawless.report.net_page import net_json, net_page, net_picture
from tests.report.golden import same_as_golden

APP = WiredNetwork(
    key="app",
    name="sample_app",
    internal=True,
    members=(
        Member("backend", "sample-backend-1", "10.0.0.2", ("backend", "api")),
        Member("", "stranger\x1b[2J", "10.0.0.9"),
    ),
)
EDGE = WiredNetwork(key="", name="shared", internal=False, members=(Member("nginx", "sample-nginx-1", "10.1.0.2"),))
WIRING = Wiring(
    stack="sample",
    networks=(APP, EDGE, WiredNetwork(key="data", name="sample_data", internal=None)),
    needs=(
        Need("nginx", "backend", ("passes on to it (nginx.conf:7)",), Way.CLOSED),
        Need("backend", "postgres", ("names it in DATABASE_URL", "waits for it"), Way.UNKNOWN),
        Need("backend", "redis", ("names it in REDIS_URL",), Way.OPEN, ("sample_app",)),
    ),
    others=(Reachable("postgres", "redis", ("sample_data",)),),
    published=(
        PublishedPort("nginx", "0.0.0.0", 8443, 8443),
        PublishedPort("nginx", "::", 8443, 8443),
        PublishedPort("nginx", "127.0.0.1", 8080, 8080),
    ),
    isolation=(Isolation("service:postgres", Outcome.PASS, "it stands on internal networks only", False),),
    unread=("nginx",),
)


def test_the_tables() -> None:
    assert same_as_golden("net.txt", net_page(WIRING, 100))


def test_the_picture_is_mermaid() -> None:
    assert same_as_golden("net.mmd", net_picture(WIRING))


def test_a_name_cannot_leave_its_label() -> None:
    hostile = WiredNetwork(key='a"] --> x', name="n", internal=True)
    picture = net_picture(Wiring(stack="s", networks=(hostile,), needs=()))
    assert picture.splitlines()[1] == '  n0(["a&quot;] --> x (internal)"])'


def test_the_json_has_the_exit_code() -> None:
    data = json.loads(net_json(WIRING))
    assert (data["schema"], data["exit_code"], data["needs"][0]["way"]) == ("flawless/net/1", 1, "closed")
