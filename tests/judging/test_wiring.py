"""Who must reach whom and who can, told from where the containers really are."""

from __future__ import annotations

import pytest
from msgspec import structs

from flawless.judging.wiring import isolation, needed, places_of, reachable
from flawless.model.check import Outcome
from flawless.model.facts import STACK, Facts, known, unknown
from flawless.model.keys import ISOLATION
from flawless.model.observed import Reach
from flawless.model.stack import Stack
from flawless.model.wiring import Isolation, Member, Need, Reachable, Way, WiredNetwork, Wiring
from flawless.testing import samples
from flawless.testing.nginx import config, d

APART = {
    "nginx": frozenset({"edge", "app"}),
    "frontend": frozenset({"app"}),
    "backend": frozenset({"app", "data"}),
    "postgres": frozenset({"data"}),
    "redis": frozenset({"data"}),
    "migrate": frozenset({"data"}),
}


def ways(stack: Stack | None = None, **places: frozenset[str]) -> dict[tuple[str, str], Way]:
    found = {name: on for name, on in {**APART, **places}.items() if on}
    return {(need.caller, need.peer): need.way for need in needed(stack or samples.stack(), {}, found)}


def test_who_names_another_in_a_url_must_reach_it() -> None:
    both = ways()
    assert both[("backend", "postgres")] is both[("backend", "redis")] is both[("migrate", "postgres")] is Way.OPEN


@pytest.mark.parametrize(
    ("backend", "way"),
    [(frozenset({"app"}), Way.CLOSED), (frozenset(), Way.UNKNOWN), (frozenset({"data"}), Way.OPEN)],
)
def test_where_the_containers_are_decides_and_not_the_files(backend: frozenset[str], way: Way) -> None:
    assert ways(backend=backend)[("backend", "postgres")] is way


def test_what_is_on_the_host_s_network_is_not_told() -> None:
    services = [
        structs.replace(service, network_mode="host") if service.name == "backend" else service
        for service in samples.healthy_services()
    ]
    assert ways(samples.stack(*services))[("backend", "postgres")] is Way.UNKNOWN


def test_a_proxy_must_reach_what_it_passes_on_to() -> None:
    passing = config(d("server", d("location", "/", d("proxy_pass", "http://frontend:3000"))))
    (need,) = [one for one in needed(samples.stack(), {"nginx": passing}, APART) if one.caller == "nginx"]
    assert (need.peer, need.way, need.networks) == ("frontend", Way.OPEN, ("app",))
    assert need.why[0].startswith("passes on to it (")


def test_who_can_besides_is_told_once() -> None:
    others = reachable(needed(samples.stack(), {}, APART), APART)
    assert Reachable("postgres", "redis", ("data",)) in others
    pairs = [{one.one, one.other} for one in others]
    assert {"backend", "postgres"} not in pairs
    assert {"nginx", "postgres"} not in pairs
    assert len(pairs) == len({frozenset(pair) for pair in pairs})


def test_a_service_on_the_network_of_another_is_where_that_one_is() -> None:
    network = WiredNetwork(
        key="app", name="sample_app", internal=True, members=(Member("web", "web-1"), Member("", "x"))
    )
    lent = {"side": "web", "lost": "gone"}
    assert places_of([network], lent) == {name: frozenset({"sample_app"}) for name in ("web", "side")} | {
        "lost": frozenset()
    }


OPEN = Reach("nginx", "postgres", 5432, "app", "open", 0.1)
TRIED = [
    (known(ISOLATION, STACK, (OPEN,)), Outcome.FAIL),
    (known(ISOLATION, STACK, (structs.replace(OPEN, state="timeout"),)), Outcome.PASS),
    (unknown(ISOLATION, STACK, "no relay"), Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("fact", "outcome"), TRIED)
def test_isolation_is_by_what_connected_where_that_was_tried(fact: object, outcome: Outcome) -> None:
    found = isolation(samples.stack(), Facts([fact]), tried=True)  # type: ignore[list-item]
    assert outcome in {one.outcome for one in found}
    by_files = isolation(samples.stack(), Facts(), tried=False)
    assert {one.outcome for one in by_files} == {Outcome.PASS}


NEED = Need("a", "b", ("names it",), Way.OPEN)
GOOD = Isolation("stack", Outcome.PASS, "apart", False)
CODES = [
    (NEED, GOOD, 0),
    (structs.replace(NEED, way=Way.CLOSED), GOOD, 1),
    (structs.replace(NEED, way=Way.UNKNOWN), GOOD, 3),
    (NEED, structs.replace(GOOD, outcome=Outcome.FAIL), 1),
    (NEED, structs.replace(GOOD, outcome=Outcome.UNKNOWN), 3),
]


@pytest.mark.parametrize(("need", "found", "code"), CODES)
def test_the_exit_code(need: Need, found: Isolation, code: int) -> None:
    assert Wiring(stack="sample", networks=(), needs=(need,), isolation=(found,)).exit_code == code
