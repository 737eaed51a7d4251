"""How long a probe may take, in what runs and in a throwaway copy."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from flawless.app.gather import gather
from flawless.model.facts import STACK, Fact, Known, known
from flawless.model.keys import ROUTES
from flawless.model.settings import Settings
from flawless.ports.bundle import Probe, Target
from flawless.testing import samples
from flawless.testing.fakes import fake_ports


async def late(target: Target) -> list[Fact]:
    await asyncio.sleep(0.05)
    return [known(ROUTES, STACK, (), (), target.ports.clock.now())]


@pytest.mark.parametrize(
    ("throwaway", "turns", "told"), [(False, True, False), (True, False, False), (True, True, True)]
)
async def test_only_the_wait_for_a_turn_in_a_copy_is_no_time_of_its_own(
    throwaway: bool, turns: bool, told: bool
) -> None:
    probe = Probe(keys=(ROUTES,), gather=late, timeout=0.001, turns=turns)
    target = structs.replace(Target(samples.stack(), Settings(), fake_ports()), throwaway=throwaway)
    facts = await gather(target, [ROUTES], [probe])
    assert isinstance(facts.get(ROUTES, STACK), Known) is told
