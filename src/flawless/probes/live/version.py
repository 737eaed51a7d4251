"""The revision that the application itself says it is."""

from __future__ import annotations

import json

from flawless.model.facts import STACK, Fact, known, unknown
from flawless.model.keys import VERSION
from flawless.ports.bundle import Probe, Target
from flawless.probes.live._edge import ask, edge_of
from flawless.probes.live._services import UnseenError

_NAMES = ("revision", "version", "commit")
_REMEDY = 'let it answer {"revision": "…"}, or set version_path under [edge] in flawless.toml'


async def gather(target: Target) -> list[Fact]:
    """The first of revision, version and commit in the JSON of the version endpoint."""
    try:
        edge = await edge_of(target)
    except UnseenError as error:
        return [unknown(VERSION, STACK, error.what, remedy=error.remedy)]
    url = edge.base + target.settings.edge.version_path
    answer = await ask(target, edge, url)
    body = target.ports.masker.mask(answer.body.decode(errors="replace"))
    now = target.ports.clock.now()
    evidence = target.ports.masker.evidence(f"GET {url}", answer.status, answer.error or body, now, answer.seconds)
    revision = _revision(body) if answer.status == 200 else ""
    if not revision:
        reason = answer.error or f"{url} answered {answer.status} without a revision, version or commit"
        return [unknown(VERSION, STACK, reason, (evidence,), _REMEDY)]
    return [known(VERSION, STACK, revision, (evidence,), now)]


def _revision(body: str) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    return next((str(said[name]) for name in _NAMES if said.get(name)), "")


PROBE = Probe(keys=(VERSION,), gather=gather)
