"""Sites on the real engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.harness import Site
from tests.scenarios.small import Small


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site whose first release is deployed and good; one for each module of scenarios."""
    name = str(request.module.__name__).rpartition(".")[2].removeprefix("test_").replace("_", "")[:12]
    site = Site(tmp_path_factory.mktemp(name), f"fl{name}{os.getpid()}")
    try:
        first = site.deploy()
        assert first.code == 0, first.err + first.out
        yield site
    finally:
        site.remove()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Small]:
    """A small site whose first release is deployed and good; one for each module of scenarios."""
    name = str(request.module.__name__).rpartition(".")[2].removeprefix("test_").replace("_", "")[:12]
    site = Small(tmp_path_factory.mktemp(name), f"fs{name}{os.getpid()}")
    try:
        first = site.deploy()
        assert first.code == 0, first.err + first.out
        yield site
    finally:
        site.remove()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An empty folder for a stack of a test's own."""
    folder = tmp_path / "stack"
    folder.mkdir()
    return folder
