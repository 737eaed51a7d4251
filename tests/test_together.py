"""Two that work side by side end as one."""

from __future__ import annotations

import asyncio

import pytest

from flawless.errors import UsageError
from flawless.together import both


async def _says(word: str) -> str:
    await asyncio.sleep(0)
    return word


async def test_both_answers_come_in_their_order() -> None:
    assert await both(_says("one"), _says("other")) == ("one", "other")


@pytest.mark.parametrize("first", [True, False])
async def test_when_one_fails_the_other_has_ended_before_that_is_raised(first: bool) -> None:
    ended = False

    async def works() -> None:
        nonlocal ended
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            ended = True

    async def fails() -> None:
        await asyncio.sleep(0)
        raise UsageError("no")

    with pytest.raises(UsageError, match="no"):
        await (both(fails(), works()) if first else both(works(), fails()))
    assert ended


async def test_a_cancelled_pair_ends_in_order() -> None:
    ended: list[int] = []

    async def works(rounds: int) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            for _ in range(rounds):
                await asyncio.sleep(0)
            ended.append(rounds)

    pair = asyncio.ensure_future(both(both(works(1), works(5)), works(9)))
    await asyncio.sleep(0.01)
    pair.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pair
    assert ended == [1, 5, 9]
