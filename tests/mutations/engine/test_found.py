"""What is wrong with the reference stack is found by the check meant, and what only looks like it raises nothing.

The long form makes all of it; any other run makes one group, by its commit, so that each comes round.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.mutations.engine import _images, _live
from tests.mutations.engine._harm import Harm, is_clean, is_found
from tests.mutations.engine._turn import Mutation, groups, in_turn
from tests.scenarios.harness import Site

pytestmark = pytest.mark.engine
SITES = {"image": "checkout", "rehearsal": "checkout", "live": "running"}


def name(each: Mutation) -> str:
    return f"{each.level}-{each.name}".replace(" ", "-")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A checkout of the reference stack; nothing of it runs."""
    site = Site(tmp_path_factory.mktemp("checkout"), f"flfiles{os.getpid()}")
    try:
        yield site
    finally:
        site.remove()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The reference stack after two good deploys."""
    site = Site(tmp_path_factory.mktemp("live"), f"flharm{os.getpid()}")
    with (site.stack / "flawless.toml").open("a") as settings:  # how fast this machine is makes no defect
        settings.write("\n[checks.response-slow]\nenabled = false\n")
    try:
        for revision in ("first", "second"):
            site.commit(revision)
            deployed = site.deploy()
            assert deployed.code == 0, deployed.err + deployed.out
        yield site
    finally:
        site.remove()


@pytest.mark.parametrize("mutation", in_turn(), ids=name)
def test_what_is_wrong_is_found_by_the_check_meant_and_its_twin_raises_nothing(
    mutation: Mutation, request: pytest.FixtureRequest
) -> None:
    site: Site = request.getfixturevalue(SITES[mutation.level])
    if isinstance(mutation, Harm):
        is_found(site, mutation)
    else:
        is_clean(site, mutation)


@pytest.mark.full
def test_left_alone_nothing_is_raised(running: Site) -> None:
    is_clean(running)


def test_every_mutation_is_in_one_group() -> None:
    every = [each for module in (_images, _live) for each in (*module.DEFECTS, *module.TWINS)]
    assert [each for group in groups() for each in group] == every
