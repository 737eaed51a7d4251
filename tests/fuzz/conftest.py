"""With FLAWLESS_FULL=1 each parser gets 100,000 inputs. Tells the processor time of all of them, and of the worst."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import pytest
from msgspec import Struct

from tests.fuzz.texts import FULL, INPUTS, LONGEST_SECONDS

TOLD: list[str] = []
_BYTES = 256  # what one input is drawn from


class Count(Struct):
    """What one parser was given."""

    inputs: int = 0
    seconds: float = 0.0
    worst: float = 0.0


def _counted(inner: Callable[..., Any], count: Count) -> Callable[..., Any]:
    @wraps(inner)
    def run(*args: Any, **kwargs: Any) -> Any:
        start = time.process_time()
        try:
            return inner(*args, **kwargs)
        finally:
            took = time.process_time() - start
            count.inputs, count.seconds, count.worst = count.inputs + 1, count.seconds + took, max(count.worst, took)

    return run


@pytest.fixture(autouse=True)
def count_of_inputs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Counts the calls of a test of hypothesis, by the handles that it gives to plug-ins and to fuzzers."""
    handle = getattr(request.node.obj, "hypothesis", None)
    if handle is None:
        yield
        return
    count, inner = Count(), handle.inner_test
    handle.inner_test = _counted(inner, count)
    yield
    if FULL:
        _fill(handle.fuzz_one_input, count)
        TOLD.append(f"{request.node.name}: {count.inputs:,} inputs, {count.seconds:.0f} s, worst {count.worst:.3f} s")
    handle.inner_test = inner
    assert count.worst < LONGEST_SECONDS


def _fill(one: Callable[[bytes], Any], count: Count) -> None:
    """Inputs until there are enough of them; each run begins with the same ones."""
    chance = random.Random(0)
    while count.inputs < INPUTS:
        one(chance.randbytes(_BYTES))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each parser."""
    for line in TOLD:
        terminalreporter.write_line(line)
