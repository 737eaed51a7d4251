"""One running site for all tests of a session that does not need another one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# So that `from stack.tests.harness import ...` works wherever this folder was copied to.
if (parent := str(Path(__file__).resolve().parents[2])) not in sys.path:
    sys.path.append(parent)

from stack.tests.browser import chromium, program, windows  # noqa: F401 - fixtures
from stack.tests.harness import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The stack, built and healthy, with limits that no test meets by accident. Tests share it."""
    running = Site(tmp_path_factory.mktemp("site"), f"vwtests{os.getpid()}")
    try:
        running.up("--build")
        yield running
    finally:
        running.remove()


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker that the hook below knows."""
    config.addinivalue_line("markers", "last: runs after all other tests of the session, because it judges them all")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that judge the whole run at its end."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)
