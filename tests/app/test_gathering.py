"""How long a probe may look, and what is left of one that takes longer."""

from __future__ import annotations

import asyncio

import pytest

from flawless.app.gather import gather
from flawless.model.facts import STACK, Fact, Known, Unknown, known
from flawless.model.keys import HOST
from flawless.model.observed import HostFacts
from flawless.model.settings import Settings
from flawless.ports.bundle import Probe, Target
from flawless.testing import samples
from flawless.testing.fakes import fake_ports

SLOW = 0.2
MACHINE = HostFacts("28.0.0", "1.47", "5.6.1", 2, 1, None, None)


async def _slowly(target: Target) -> list[Fact]:
    await asyncio.sleep(SLOW)
    return [known(HOST, STACK, MACHINE, (), 0.0)]


@pytest.mark.parametrize(("patience", "kind"), [(1.0, Unknown), (1000.0, Known)])
async def test_a_slow_probe_is_unknown_unless_the_look_is_patient(patience: float, kind: type) -> None:
    target = Target(samples.stack(), Settings(), fake_ports(), patience=patience)
    probe = Probe(keys=(HOST,), gather=_slowly, timeout=SLOW / 10)
    reading = (await gather(target, [HOST], [probe])).get(HOST, STACK)
    assert isinstance(reading, kind)
    if isinstance(reading, Unknown):
        assert reading.reason == "it took longer than 0 s to find out"
