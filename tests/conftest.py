"""What holds for all tests, and their long form."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Times are measured in benchmarks: a machine that stands still for a moment fails no test.
settings.register_profile("no-clock", deadline=None)
settings.load_profile("no-clock")

FULL = os.environ.get("FLAWLESS_FULL") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without FLAWLESS_FULL=1 what belongs to the long form only is left out."""
    if not FULL:
        left = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
