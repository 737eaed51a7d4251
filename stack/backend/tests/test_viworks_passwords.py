"""Passwords: how they are kept, and which are refused."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher
from fastapi import HTTPException

from viworks.accounts import passwords
from viworks.accounts.passwords import COMMON, LONGEST, PARAMETERS, SHORTEST, Passwords, weakness

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def test_the_parameters_are_those_that_owasp_recommends() -> None:
    assert (PARAMETERS.type.name, PARAMETERS.memory_cost, PARAMETERS.time_cost, PARAMETERS.parallelism) == (
        "ID",
        19 * 1024,
        2,
        1,
    )


@pytest.mark.parametrize("password", ["violet-Tram-32-lantern", "\x00" * 12, "å∫ç∂é√∫˜µ≤≥÷", "x" * LONGEST])
async def test_only_the_right_password_fits(password: str) -> None:
    known = Passwords(QUICK)
    kept = await known.hash(password)
    assert password not in kept
    assert await known.verify(kept, password)
    assert not await known.verify(kept, password + "x")
    assert not await known.verify(kept, "")


async def test_an_account_that_does_not_exist_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Passwords(QUICK)
    asked: list[str] = []
    monkeypatch.setattr(known, "_matches", lambda kept, password: bool(asked.append(kept)) or True)
    assert not await known.verify(None, "nobody has this password")
    assert [kept.split("$")[3] for kept in asked] == ["m=8,t=1,p=1"]


async def test_a_hash_that_is_none_fits_nothing() -> None:
    assert not await Passwords(QUICK).verify("none", "none")


async def test_a_hash_of_other_parameters_is_outdated() -> None:
    kept = await Passwords(QUICK).hash("violet-Tram-32-lantern")
    assert Passwords(PARAMETERS).outdated(kept)
    assert not Passwords(QUICK).outdated(kept)


async def test_so_many_hash_at_a_time_and_the_rest_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Passwords(QUICK)
    go = threading.Event()
    running: list[int] = []

    def waiting(kept: str, password: str) -> bool:
        running.append(1)
        return go.wait(10)

    monkeypatch.setattr(known, "_matches", waiting)
    tasks = [asyncio.create_task(known.verify("x", "y")) for _ in range(passwords.QUEUE)]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        while len(running) < passwords.CONCURRENT:  # noqa: ASYNC110 (threads tell no event)
            await asyncio.sleep(0.01)
    with pytest.raises(HTTPException) as caught:
        await known.verify("x", "y")
    assert (caught.value.status_code, caught.value.headers) == (503, {"Retry-After": "1"})
    assert len(running) == passwords.CONCURRENT
    go.set()
    assert all(await asyncio.gather(*tasks))


def test_common_passwords_are_long_enough_to_matter() -> None:
    assert all(SHORTEST <= len(word) <= LONGEST and word == word.casefold() for word in COMMON)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("password1234", "Is among the most common passwords"),
        ("PassWord1234", "Is among the most common passwords"),
        ("Administrator.7", "Is the username"),
        ("violet-Tram-32-lantern", None),
    ],
)
def test_a_password_that_can_be_guessed_is_refused(password: str, reason: str | None) -> None:
    assert weakness(password, "administrator.7") == reason
