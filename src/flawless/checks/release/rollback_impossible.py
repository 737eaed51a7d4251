"""There is no way back.

A rollback needs the images and the configuration of an earlier good release, here, without registry and without a
build. Pruning images takes them away, and nobody notices before the night it is needed.

## Bad (live)
```json facts.json
{"previous": {"stack": [{"id": "r1", "state": "good", "missing": ["image of backend"]}]}}
```

## Good (live)
```json facts.json
{"previous": {"stack": [{"id": "r1", "state": "good", "missing": []}]}}
```

## Clean twin (live)
One older release is complete; that the newest is not does not matter.
```json facts.json
{"previous": {"stack": [{"id": "r2", "missing": ["image of backend"]}, {"id": "r1", "missing": []}]}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import PREVIOUS
from flawless.model.release import ReleaseState


def judge(view: View) -> Iterator[Finding]:
    """An earlier good release lacks nothing."""
    earlier = view.get(PREVIOUS)
    good = [release for release in earlier if release.state == ReleaseState.GOOD]
    complete = [release for release in good if not release.missing]
    if complete:
        yield view.ok(f"release {complete[0].id} can be brought back")
    elif good:
        lacking = "; ".join(f"{release.id} lacks {', '.join(release.missing)}" for release in good)
        yield view.fail(f"no good release is complete: {lacking}")
    elif earlier:
        yield view.skip("no earlier release was good: nothing to return to")
    else:
        yield view.skip("first deploy: nothing to return to")


CHECK = Check(
    id="rollback-impossible",
    title="there is no way back to a good release",
    severity=Severity.BLOCK,
    items=("E1",),
    rules=(Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(PREVIOUS,)),),
    remedy="load the missing images again (`docker load`, `docker pull`), and prune with `flawless`, not with "
    "`docker image prune -a`",
    doc=__doc__ or "",
)
