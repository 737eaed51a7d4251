"""What is wrong with the reference stack is found by the check meant, and what only looks like it raises nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.mutations.engine import _images, _live, _rehearsal
from tests.mutations.engine._harm import Harm, Twin, is_clean, is_found
from tests.scenarios.harness import Site

pytestmark = [pytest.mark.engine, pytest.mark.full]
ON_FILES = (*_images.DEFECTS, *_rehearsal.DEFECTS)
TWINS_ON_FILES = (*_images.TWINS, *_rehearsal.TWINS)


def name(each: Harm | Twin) -> str:
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


@pytest.mark.parametrize("harm", ON_FILES, ids=name)
def test_what_is_wrong_in_the_files_is_found_by_the_check_meant(checkout: Site, harm: Harm) -> None:
    is_found(checkout, harm)


@pytest.mark.parametrize("twin", TWINS_ON_FILES, ids=name)
def test_what_only_looks_like_it_in_the_files_raises_nothing(checkout: Site, twin: Twin) -> None:
    is_clean(checkout, twin)


def test_left_alone_nothing_is_raised(running: Site) -> None:
    is_clean(running)


@pytest.mark.parametrize("harm", _live.DEFECTS, ids=name)
def test_what_is_wrong_with_what_runs_is_found_by_the_check_meant(running: Site, harm: Harm) -> None:
    is_found(running, harm)


@pytest.mark.parametrize("twin", _live.TWINS, ids=name)
def test_what_only_looks_like_it_in_what_runs_raises_nothing(running: Site, twin: Twin) -> None:
    is_clean(running, twin)
