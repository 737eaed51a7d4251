"""network-external-missing over networks and the scripts that make them."""

from __future__ import annotations

import pytest

from flawless.checks.network.network_external_missing import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.facts import STACK, known
from flawless.model.keys import OPERATIONS
from flawless.model.observed_files import SourceLine
from flawless.model.stack import Network
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS, SKIP, UNKNOWN = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN
EDGE = Network("edge", "shop-edge", False, True, samples.HERE)


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        ("docker network create shop-edge", PASS),
        ("docker network create --driver bridge shop-edge || true", PASS),
        ("docker network inspect x || docker network create shop-edge; docker compose up", PASS),
        ("docker network create 'shop-edge'", PASS),
        ("docker network create shop-edge-2", UNKNOWN),
        ("docker network rm shop-edge", UNKNOWN),
        ("docker network create 'unbalanced", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_an_external_network_is_made_by_a_script_or_must_exist(command: str, outcome: Outcome) -> None:
    world = samples.stack(networks=(EDGE,))
    facts = [known(OPERATIONS, STACK, (SourceLine(command, samples.HERE),))]
    assert ask(CHECK, Level.FILES, stack=world, facts=facts).outcome is outcome


@pytest.mark.parametrize(
    ("one", "other", "outcome"),
    [((True, "a"), (False, "a"), FAIL), ((True, "a"), (True, "a"), SKIP), ((True, "a"), (False, "b"), SKIP)],
)
def test_one_network_has_one_description(one: tuple[bool, str], other: tuple[bool, str], outcome: Outcome) -> None:
    networks = tuple(
        Network(key, name, internal, False, samples.HERE) for key, (internal, name) in (("x", one), ("y", other))
    )
    assert ask(CHECK, Level.FILES, stack=samples.stack(networks=networks)).outcome is outcome
