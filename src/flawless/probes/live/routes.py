"""What clients outside get: pages and API through the proxy, its 404 page, and plain HTTP."""

from __future__ import annotations

from functools import partial
from statistics import median

from flawless.model.facts import STACK, Evidence, Fact, known, unknown
from flawless.model.keys import ROUTES
from flawless.model.observed import RouteAnswer
from flawless.ports.bundle import Probe, Target
from flawless.ports.http import Talk
from flawless.probes.live._edge import Edge, edge_of
from flawless.probes.live._services import UnseenError

MISSING = "/flawless-no-such-page"
SAMPLES = 3
_EXTRACT = 400
_SECONDS = 5.0


async def gather(target: Target) -> list[Fact]:
    """Answers for the paths to ask for, one that surely does not exist, and ``/`` over plain HTTP.

    The first answer warms up; the time is the median of three more, on a connection that is there, as a visitor's is.
    """
    said = target.settings.edge
    try:
        edge = await edge_of(target)
    except UnseenError as error:
        return [unknown(ROUTES, STACK, error.what, remedy=error.remedy)]
    paths = dict.fromkeys([*(said.paths or ("/", said.health_path, said.version_path)), MISSING])
    asked = [(edge.base, path) for path in paths]
    if edge.https and edge.http:
        asked.append((edge.http, "/"))
    # One after the other: answers that compete with each other would time us, not the site.
    async with target.ports.http.talk(ca=edge.ca, sni=edge.host) as talk:
        answers = tuple([await _answer(target, edge, talk, base, path) for base, path in asked])
    evidence = [_evidence(target, answer) for answer in answers]
    return [known(ROUTES, STACK, answers, evidence, target.ports.clock.now())]


async def _answer(target: Target, edge: Edge, talk: Talk, base: str, path: str) -> RouteAnswer:
    url = f"{base}{path}"
    ask = partial(talk.ask, "GET", url, timeout=_SECONDS, headers=edge.headers)
    answer = await ask()
    again = [await ask() for _ in range(SAMPLES)] if answer.status else [answer]
    mask = target.ports.masker.mask
    return RouteAnswer(
        url=url,
        path=path,
        status=answer.status,
        seconds=round(median(each.seconds for each in again), 4),
        samples=len(again),
        headers={name: mask(value) for name, value in answer.headers.items() if name != "set-cookie"},
        error=mask(answer.error),
        extract=mask(answer.body.decode(errors="replace"))[:_EXTRACT],
    )


def _evidence(target: Target, answer: RouteAnswer) -> Evidence:
    what, now = f"GET {answer.url}", target.ports.clock.now()
    return target.ports.masker.evidence(what, answer.status, answer.error or answer.extract, now, answer.seconds)


PROBE = Probe(keys=(ROUTES,), gather=gather, timeout=15.0)
