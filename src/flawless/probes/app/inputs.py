"""What the application says to values that do not fit."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, zip_longest

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_INPUTS
from flawless.model.observed_app import Inputs, Misuse
from flawless.ports.bundle import Probe, Target
from flawless.probes.app._exchanges import ENDS_SESSION
from flawless.probes.app._login import login_operation, token_or_why
from flawless.probes.app._openapi import Operation
from flawless.probes.app._values import Wrong, wrong_values
from flawless.probes.app._visit import Visit, described, each, evidence, only_in_a_copy, plainly, visit

MOST = 400
_EXTRACT = 300


async def gather(target: Target) -> list[Fact]:
    """One entry for each value that was sent; operations take turns, so that a limit cuts none of them off whole."""
    only_in_a_copy(target)
    async with visit(target, most=MOST + 100) as now:
        found = await described(target, now)
        token, why = await token_or_why(target, now, found.operations)
        chosen = fit_to_try(target, found.operations)
        controls = {one.name: (await plainly(now, one, token)).status for one in chosen}
        tries = list(_in_turns(chosen))
        misuses = await each(_tried(target, now, one, wrong, token) for one, wrong in tries[:MOST])
        alive = await _alive(now, chosen, token)
        said = evidence(target, now, "values that do not fit")
    value = Inputs(
        misuses=tuple(misuses), controls=controls, alive=alive, login=why, left_out=max(0, len(tries) - MOST)
    )
    return [known(APP_INPUTS, STACK, value, said, target.ports.clock.now())]


def logs_in(target: Target, operation: Operation, operations: tuple[Operation, ...]) -> bool:
    """Whether it is the login, whose 401 says that it looked at what was sent."""
    login = login_operation(target, operations)
    return login is not None and operation.name == login.name


def fit_to_try(target: Target, operations: tuple[Operation, ...]) -> list[Operation]:
    """All but those that would end our own session; the login last, because it is the one that is limited."""
    kept = [one for one in operations if one.safe or not ENDS_SESSION.search(one.route)]
    return sorted(kept, key=lambda one: (logs_in(target, one, operations), one.method == "DELETE"))


def _in_turns(operations: Iterable[Operation]) -> Iterable[tuple[Operation, Wrong]]:
    lists = [[(one, wrong) for wrong in wrong_values(one)] for one in operations]
    return (entry for entry in chain.from_iterable(zip_longest(*lists)) if entry is not None)


async def _tried(target: Target, now: Visit, operation: Operation, wrong: Wrong, token: str) -> Misuse:
    answer = await now.ask(wrong.request, token=token)
    bad = answer.status == 0 or answer.status >= 500
    said = answer.error or answer.body.decode(errors="replace") if bad else ""
    return Misuse(
        operation=operation.name,
        place=wrong.place,
        kind=wrong.kind,
        status=answer.status,
        must_refuse=wrong.must_refuse,
        said=target.ports.masker.mask(said)[:_EXTRACT],
    )


async def _alive(now: Visit, operations: list[Operation], token: str) -> bool:
    """Whether a read is still answered, and not with an error of the server."""
    read = next((one for one in operations if one.safe), None)
    return read is None or 0 < (await plainly(now, read, token)).status < 500


PROBE = Probe(keys=(APP_INPUTS,), gather=gather, timeout=600.0, turns=True)
