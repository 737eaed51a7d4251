"""What the described operations that only read answer; nothing is changed."""

from __future__ import annotations

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_READS
from flawless.ports.bundle import Probe, Target
from flawless.probes.app._exchanges import asked
from flawless.probes.app._visit import evidence, visit

_MOST = 40


async def gather(target: Target) -> list[Fact]:
    """Each GET operation once, logged in where flawless.toml names an account."""
    async with visit(target, most=3 * _MOST) as now:
        found = await asked(target, now, changes=False, most=_MOST)
        said = evidence(target, now, "the described operations that only read")
    return [known(APP_READS, STACK, found, said, target.ports.clock.now())]


PROBE = Probe(keys=(APP_READS,), gather=gather, timeout=30.0, turns=True)
