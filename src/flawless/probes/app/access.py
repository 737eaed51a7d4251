"""Who is let in: every operation asked with no token, with a forged one, and by the account that should not."""

from __future__ import annotations

import re

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_ACCESS
from flawless.model.observed_app import Access, Accesses
from flawless.ports.bundle import Probe, Target
from flawless.probes.app._exchanges import ENDS_SESSION
from flawless.probes.app._login import token_or_why
from flawless.probes.app._openapi import Operation
from flawless.probes.app._requests import route_of
from flawless.probes.app._visit import Visit, described, each, evidence, only_in_a_copy, plainly, visit

_MOST = 80
_FORGED = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIiwicm9sZSI6ImFkbWluIn0.Zm9yZ2VkLWJ5LWZsYXdsZXNz"
# What must be open for anybody to get in at all, and what says only that the application is there.
_OPEN = re.compile(
    r"(?:^|/)(?:log-?in|sign-?in|sign-?up|register|refresh|oauth/token|auth/token|csrf|forgot(?:-password)?|health\w*"
    r"|ready|readyz|live|livez|ping|version|openapi\.json|swagger\.json|docs|redoc|favicon\.ico|robots\.txt)(?:/.*)?$",
    re.IGNORECASE,
)
_ROLES = 'a second [[app.accounts]] and restricted = ["GET /api/…"] (or restricted = []) under [app] in flawless.toml'


async def gather(target: Target) -> list[Fact]:
    """One entry for each operation."""
    only_in_a_copy(target)
    async with visit(target, most=5 * _MOST) as now:
        found = await described(target, now)
        token, why = await token_or_why(target, now, found.operations)
        other, roles = await _other(target, now, found.operations)
        chosen = sorted(found.operations, key=lambda one: (one.method == "DELETE", not one.safe))
        restricted = {route_of(route).name for route in target.settings.app.restricted or ()}
        asked = await each(_asked(now, one, token, other, one.name in restricted) for one in chosen[:_MOST])
        said = evidence(target, now, "every operation without a login")
    left_out = max(0, len(chosen) - _MOST)
    value = Accesses(operations=tuple(asked), login=why, roles=roles, left_out=left_out)
    return [known(APP_ACCESS, STACK, value, said, target.ports.clock.now())]


async def _other(target: Target, now: Visit, operations: tuple[Operation, ...]) -> tuple[str, str]:
    """The token of the second account, or why no other role is tried."""
    if target.settings.app.restricted is None:
        return "", f"no other role was tried: write {_ROLES}"
    if not target.settings.app.restricted:
        return "", ""
    token, why = await token_or_why(target, now, operations, 1)
    return token, f"no other role was tried: {why}" if why else ""


async def _asked(now: Visit, operation: Operation, token: str, other: str, restricted: bool) -> Access:
    without = await plainly(now, operation)
    forged = await plainly(now, operation, _FORGED)
    genuine = operation.safe and token and not ENDS_SESSION.search(operation.route)
    control = (await plainly(now, operation, token)).status if genuine else None
    lower = (await plainly(now, operation, other)).status if restricted and other else None
    return Access(
        operation=operation.name,
        public=operation.public or bool(_OPEN.search(operation.route)),
        without=without.status,
        forged=forged.status,
        control=control,
        other=lower,
        restricted=restricted,
    )


PROBE = Probe(keys=(APP_ACCESS,), gather=gather, timeout=600.0, turns=True)
