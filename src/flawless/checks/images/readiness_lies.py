"""Readiness says yes while the service cannot work.

A readiness endpoint that always answers 200 sends traffic to a backend without a database; a liveness endpoint that
asks the database has the container killed for a fault that a restart does not mend. So in a throwaway copy the
database, then the cache, is stopped under the backend: readiness must say no within two intervals of the healthcheck,
liveness must not, and with the store back readiness must say yes again.

## Bad (rehearsal)
```json facts.json
{"readiness": {"service:backend": {"outages": [{"store": "postgres", "role": "database", "allowed": 20, "watched": 20,
  "failed_after": null, "ready_status": 200, "live_status": 200, "ready_again": 0.1, "patience": 60}]}}}
```

## Good (rehearsal)
```json facts.json
{"readiness": {"service:backend": {"outages": [{"store": "postgres", "role": "database", "allowed": 20, "watched": 20,
  "failed_after": 0.4, "ready_status": 503, "live_status": 200, "ready_again": 1.2, "patience": 60}]}}}
```

## Clean twin (rehearsal)
The backend uses no store.
```json facts.json
{"readiness": {"service:backend": {"ready_path": "", "outages": [], "reason": "it uses no store of this stack"}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import READINESS
from flawless.model.observed_copy import Outage, Readiness
from flawless.model.stack import Origin, Role

_OK, _MOVED = 200, 300


def judge(view: View) -> Iterator[Finding]:
    """Without a store readiness said no in time and liveness did not; with it back, readiness said yes again."""
    found = view.get(READINESS)
    for outage in found.outages:
        yield from _answers(view, found, outage)
    if not found.outages and found.ready_path:
        yield view.unclear(found.reason)
    elif not found.outages:
        yield view.skip(found.reason)


def _answers(view: View, found: Readiness, outage: Outage) -> Iterator[Finding]:
    yield _ready(view, found, outage)
    if not _OK <= outage.live_status < _MOVED:
        said = f"answered {outage.live_status}" if outage.live_status else "did not answer"
        remedy = "let liveness ask nobody else: it tells only that the process itself is well"
        yield view.fail(
            f"{found.live_path or 'it'} {said} while {outage.store} was stopped", at=_at(view), remedy=remedy
        )
    if outage.ready_again is None:
        remedy = "let it connect again by itself, and wait for its stores"
        said = f"{found.ready_path} said no for {outage.patience:g} s after {outage.store} ran again"
        yield view.fail(said, at=_at(view), remedy=remedy)


def _ready(view: View, found: Readiness, outage: Outage) -> Finding:
    without = f"with {outage.store} stopped"
    if outage.failed_after is None and outage.watched < outage.allowed:
        remedy = "ask it more often: a shorter interval of the healthcheck"
        said = f"{found.ready_path} still answered {outage.ready_status} after {outage.watched:g} s {without}"
        return view.unclear(f"{said}; two intervals are {outage.allowed:g} s", at=_at(view), remedy=remedy)
    if outage.failed_after is None or outage.failed_after > outage.allowed:
        late = (
            f"for {outage.allowed:g} s, two intervals of its healthcheck" if outage.failed_after is None else "too long"
        )
        return view.fail(f"{found.ready_path} went on to say that it is ready {without}, {late}", at=_at(view))
    again = "" if outage.ready_again is None else f", and yes again {outage.ready_again:.1f} s after it was back"
    live = found.live_path or "the process"
    return view.ok(
        f"{found.ready_path} said no after {outage.failed_after:.1f} s {without}{again}; {live} lived on", at=_at(view)
    )


def _at(view: View) -> Origin:
    return view.service.at("healthcheck")


CHECK = Check(
    id="readiness-lies",
    title="readiness says yes while the service cannot work",
    severity=Severity.BLOCK,
    items=("V1.2", "V2.1", "V2.2"),
    rules=(Rule(Level.REHEARSAL, judge, needs=(READINESS,), roles=(Role.BACKEND,)),),
    remedy="let readiness ask each store with a short timeout, and answer 503 where one does not answer",
    doc=__doc__ or "",
    reference="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
)
