"""What every described operation answers, those that change something too: in a throwaway copy only."""

from __future__ import annotations

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_OPERATIONS
from flawless.ports.bundle import Probe, Target
from flawless.probes.app._exchanges import asked
from flawless.probes.app._visit import evidence, only_in_a_copy, visit

_MOST = 80


async def gather(target: Target) -> list[Fact]:
    """Each operation once, with values made up from its description."""
    only_in_a_copy(target)
    async with visit(target, most=3 * _MOST) as now:
        found = await asked(target, now, changes=True, most=_MOST)
        said = evidence(target, now, "every described operation")
    return [known(APP_OPERATIONS, STACK, found, said, target.ports.clock.now())]


PROBE = Probe(keys=(APP_OPERATIONS,), gather=gather, timeout=600.0, turns=True)
