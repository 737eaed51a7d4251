"""Markup in every parameter, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from msgspec import Struct

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_REFLECTIONS
from flawless.model.observed_app import Reflection, Reflections
from flawless.ports.bundle import Probe, Target
from flawless.ports.http import Answer
from flawless.probes.app._login import nobody, token_or_why
from flawless.probes.app._openapi import Operation
from flawless.probes.app._requests import Request, places, request_of
from flawless.probes.app._visit import Visit, described, each, evidence, only_in_a_copy, visit
from flawless.probes.app.inputs import fit_to_try, logs_in

_MOST = 150
_CUT_OFF = frozenset({0, 429})
_REFUSALS = frozenset({401, 403})
WORD = "flw7x9"
MARKER = f"{WORD}\"'><svg/onload={WORD}>"
_RAW = f"<svg/onload={WORD}>"
_PAGES = ("text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml")


async def gather(target: Target) -> list[Fact]:
    """One entry for each parameter, and one for an address that does not exist."""
    only_in_a_copy(target)
    async with visit(target, most=_MOST + 30) as now:
        found = await described(target, now)
        token, why = await token_or_why(target, now, found.operations)
        chosen = list(_requests(target, fit_to_try(target, found.operations)))
        login = {one.name for one in found.operations if logs_in(target, one, found.operations)}
        tried = await each(
            _tried(now, sent, token, _CUT_OFF if sent.operation in login else _CUT_OFF | _REFUSALS)
            for sent in chosen[:_MOST]
        )
        said = evidence(target, now, "markup in every parameter")
    value = Reflections(tried=tuple(tried), login=why, left_out=max(0, len(chosen) - _MOST))
    return [known(APP_REFLECTIONS, STACK, value, said, target.ports.clock.now())]


class _Sent(Struct, frozen=True):
    """The marker in one place of one operation."""

    operation: str
    place: str
    request: Request


def _requests(target: Target, operations: Iterable[Operation]) -> Iterator[_Sent]:
    missing = f"/flawless-{quote(MARKER, safe='')}"
    yield _Sent("GET /…", "a page that does not exist", Request("GET", missing))
    yield _Sent("GET /…", "a query that nobody expects", Request("GET", f"/?q={quote(MARKER, safe='')}"))
    for one in operations:
        for place in places(one):
            request = request_of(one, {**nobody(target, one), (place.place, place.name): MARKER})
            yield _Sent(one.name, f"{place.place} {place.name}", request)


async def _tried(now: Visit, sent: _Sent, token: str, refusals: frozenset[int]) -> Reflection:
    answer = await now.ask(sent.request, token=token)
    return Reflection(
        operation=sent.operation,
        place=sent.place,
        status=answer.status,
        came=_came(answer),
        media=answer.headers.get("content-type", ""),
        reached=answer.status not in refusals,
        policy=answer.headers.get("content-security-policy", ""),
    )


def _came(answer: Answer) -> str:
    text = answer.body.decode(errors="replace")
    media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if _RAW not in text:
        return "escaped" if WORD in text else "no"
    if media in _PAGES:
        return "raw"
    # A browser looks into what has no type, and into plain text, unless it is told not to (WHATWG MIME Sniffing).
    sniffed = media in ("", "text/plain", "application/octet-stream", "unknown/unknown")
    return "raw" if sniffed and answer.headers.get("x-content-type-options", "").lower() != "nosniff" else "data"


PROBE = Probe(keys=(APP_REFLECTIONS,), gather=gather, timeout=600.0, turns=True)
