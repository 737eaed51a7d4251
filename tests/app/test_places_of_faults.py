"""The faults of tests/faults break into functions by name; each of them is there."""

from __future__ import annotations

import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

FAULTS = Path(__file__).parents[1] / "faults"
PLACES = sorted(
    {place for file in FAULTS.glob("test_*.py") for place in re.findall(r'"call": "([\w.]+:[\w.]+)"', file.read_text())}
)


@pytest.mark.parametrize("place", PLACES)
def test_a_place_that_a_fault_breaks_into_is_there(place: str) -> None:
    module, _, path = place.partition(":")
    assert callable(reduce(getattr, path.split("."), importlib.import_module(module)))


def test_there_are_such_places() -> None:
    assert len(PLACES) >= 3
