"""Several logs as one: in the order of time, in bounded memory, and honest about a log that breaks or falls silent."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.app.merging import Merge
from flawless.errors import EngineError
from flawless.ports.engine import LogLine

GIGABYTE = 1024**3
MEGABYTE = 1024**2


async def stream(times: Iterable[float], text: str = "x") -> AsyncIterator[LogLine]:
    for at in times:
        yield LogLine("stdout", at, text)


async def silent(*times: float) -> AsyncIterator[LogLine]:
    for at in times:
        yield LogLine("stdout", at, "x")
    await asyncio.Event().wait()


async def broken(*times: float) -> AsyncIterator[LogLine]:
    for at in times:
        yield LogLine("stdout", at, "x")
    raise EngineError("the connection broke")


async def all_of(merge: Merge) -> list[tuple[str, float]]:
    found = [(name, line.at) async for name, line in merge.lines()]
    await merge.close()
    return found


@given(st.lists(st.lists(st.integers(0, 50)), max_size=4))
def test_every_line_comes_once_and_in_the_order_of_time(logs: list[list[int]]) -> None:
    async def work() -> list[tuple[str, float]]:
        merge = Merge(5.0, lasting=False)
        for number, times in enumerate(logs):
            merge.add(str(number), stream(sorted(times)))
        return await all_of(merge)

    found = asyncio.run(work())
    assert [at for _, at in found] == sorted(at for times in logs for at in times)
    for number, times in enumerate(logs):
        assert [at for name, at in found if name == str(number)] == sorted(times)


async def test_a_log_that_breaks_costs_its_own_rest_only() -> None:
    merge = Merge(5.0, lasting=False)
    merge.add("good", stream([1.0, 3.0]))
    merge.add("bad", broken(2.0))
    assert await all_of(merge) == [("good", 1.0), ("bad", 2.0), ("good", 3.0)]
    assert merge.failures == {"bad": "the connection broke"}


async def test_a_log_that_falls_silent_before_its_end_has_failed() -> None:
    merge = Merge(0.05, lasting=False)
    merge.add("good", stream([1.0, 3.0]))
    merge.add("dumb", silent(2.0))
    assert await all_of(merge) == [("good", 1.0), ("dumb", 2.0), ("good", 3.0)]
    assert "did not go on" in merge.failures["dumb"]


async def test_followed_a_silent_log_holds_nobody_back_and_a_new_one_joins() -> None:
    merge = Merge(0.05, lasting=True)
    merge.add("quiet", silent(2.0))
    merge.add("busy", silent(1.0, 3.0))
    lines = merge.lines()
    async with asyncio.timeout(5):
        assert [(await anext(lines))[1].at for _ in range(3)] == [1.0, 2.0, 3.0]
        merge.add("late", silent(4.0))
        assert (await anext(lines))[0] == "late"
    await merge.close()
    assert merge.failures == {}


async def made(size: int, length: int, made_so_far: list[int]) -> AsyncIterator[LogLine]:
    for number in range(size // length):
        made_so_far[0] += length
        yield LogLine("stdout", float(number), "x" * length)


async def test_a_gigabyte_is_read_in_a_few_megabytes() -> None:
    written = [0]
    merge = Merge(5.0, lasting=False)
    merge.add("big", made(GIGABYTE, 64 * 1024, written))
    merge.add("bigger", made(64 * MEGABYTE, 64 * 1024, written))
    tracemalloc.start()
    try:
        size = 0
        async for _, line in merge.lines():
            size += len(line.text)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    await merge.close()
    assert size == written[0] == GIGABYTE + 64 * MEGABYTE
    assert peak < 8 * MEGABYTE


@pytest.mark.parametrize("length", [0, 100, 100_000])
async def test_a_reader_that_takes_nothing_holds_the_log_back(length: int) -> None:
    written, lines = [0], 0

    async def endless() -> AsyncIterator[LogLine]:
        nonlocal lines
        while True:
            written[0] += length
            lines += 1
            yield LogLine("stdout", 1.0, "x" * length)

    merge = Merge(5.0, lasting=True)
    merge.add("endless", endless())
    await anext(merge.lines())
    for _ in range(10):
        await asyncio.sleep(0)
    await merge.close()
    assert written[0] < MEGABYTE
    assert lines < 10_000
