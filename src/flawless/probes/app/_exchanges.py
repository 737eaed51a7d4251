"""Asking operations as they are described."""

from __future__ import annotations

import re

from flawless.model.observed_app import Exchange, Reads
from flawless.ports.bundle import Target
from flawless.probes.app._login import token_or_why
from flawless.probes.app._openapi import Operation
from flawless.probes.app._visit import Visit, application, each, plainly

ENDS_SESSION = re.compile(r"log-?out|sign-?out|revoke|/sessions?\b|password|/me$", re.IGNORECASE)
_EXTRACT = 300


async def asked(target: Target, now: Visit, *, changes: bool, most: int) -> Reads:
    """What described operations answer, logged in where that can be; ``changes``: those that change something too."""
    found = await application(target, now)
    chosen = [one for one in found.operations if one.safe or changes]
    chosen.sort(key=_order)
    if not chosen:
        return Reads(source=found.source)
    token, why = await token_or_why(target, now, found.operations)
    works = [_asked(target, now, one, token) for one in chosen[:most]]
    # Reads at once; changes one after the other, those that would end the session last.
    exchanges = [await work for work in works] if changes else await each(works)
    return Reads(exchanges=tuple(exchanges), source=found.source, login=why, left_out=max(0, len(chosen) - most))


def _order(operation: Operation) -> tuple[bool, bool, bool]:
    ends = bool(ENDS_SESSION.search(operation.route)) and not operation.safe
    return ends, operation.method == "DELETE", not operation.safe


async def _asked(target: Target, now: Visit, operation: Operation, token: str) -> Exchange:
    answer = await plainly(now, operation, token)
    mask = target.ports.masker.mask
    bad = answer.status >= 500
    return Exchange(
        operation=operation.name,
        status=answer.status,
        described=operation.described,
        logged_in=bool(token),
        filled=operation.filled,
        seconds=round(answer.seconds, 3),
        error=mask(answer.error),
        said=mask(answer.body.decode(errors="replace"))[:_EXTRACT] if bad else "",
    )
