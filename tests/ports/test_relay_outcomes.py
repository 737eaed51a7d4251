"""What the relay says of many targets: whole, in pieces, too late, and when it ends early."""

from __future__ import annotations

import asyncio

import pytest

from flawless.ports.relay import PROMPT_SECONDS, _outcomes

TARGETS = [("10.0.0.1", 5432), ("10.0.0.2", 6379)]
NAMED = [("10.0.0.1", 5432), ("postgres", 5432)]
CONTROL = b"2 69 0\n"


class Said:
    """Streams that say these pieces; None: nothing more comes, and they stay open."""

    def __init__(self, *pieces: bytes | None) -> None:
        self._pieces = list(pieces)

    async def send(self, data: bytes) -> None:
        raise AssertionError("nothing is sent")

    async def receive(self) -> bytes:
        piece = self._pieces.pop(0) if self._pieces else b""
        if piece is None:
            await asyncio.Event().wait()
        return piece or b""

    async def finish(self) -> tuple[int, str]:
        return 0, ""

    async def abandon(self) -> None:
        return None


async def states(targets: list[tuple[str, int]], *pieces: bytes | None) -> list[str]:
    found = await _outcomes(Said(*pieces), targets)
    return [found[index].state for index in sorted(found)]


@pytest.mark.parametrize(
    "pieces",
    [
        (b"0 0 1\n" + CONTROL + b"1 69 2\n",),
        (b"0 0", b" 1\n2 69 0\n1 6", b"9 2\n"),
        (b"1 69 2\n", b"0 0 1\n", None),
    ],
    ids=["whole", "in pieces", "without waiting for the control"],
)
async def test_each_target_has_its_outcome(pieces: tuple[bytes | None, ...]) -> None:
    assert await states(TARGETS, *pieces) == ["open", "refused"]


async def test_an_address_that_is_silent_after_the_control_is_a_timeout() -> None:
    start = asyncio.get_running_loop().time()
    assert await states(TARGETS, CONTROL + b"0 0 1\n", None) == ["open", "timeout"]
    assert asyncio.get_running_loop().time() - start >= PROMPT_SECONDS


async def test_before_the_control_answered_nothing_is_a_timeout_by_itself() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3 * PROMPT_SECONDS):
            await states(TARGETS, b"0 0 1\n", None)


async def test_a_name_has_the_relays_own_time() -> None:
    assert await states(NAMED, CONTROL + b"0 70 400\n", b"1 68 1000\n") == ["timeout", "unresolved"]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3 * PROMPT_SECONDS):
            await states(NAMED, CONTROL, None)


async def test_a_relay_that_ends_early_answers_for_fewer() -> None:
    assert await states(TARGETS, b"0 0 1\n") == ["open"]
