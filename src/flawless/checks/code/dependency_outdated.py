"""A dependency is behind the newest release that its manifest allows.

Old versions are where the known holes are, and the longer one waits, the larger the step becomes. The ecosystem's own
tool is asked (uv, npm, cargo), which needs the network and its time: with ``flawless check --build``. Where nobody
could be asked, the answer is unknown.

## Bad
```json facts.json
{"freshness": {"stack": [{"manifest": "backend/requirements.in", "tool": "uv", "asked": 9, "outdated": [{"name":
  "fastapi", "version": "0.110.0", "newest": "0.165.0", "origin": {"file": "requirements.lock", "line": 4}}]}]}}
```

## Good
```json facts.json
{"freshness": {"stack": [{"manifest": "backend/requirements.in", "tool": "uv", "asked": 9, "outdated": []}]}}
```

## Clean twin
```json facts.json
{"freshness": {"stack": []}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import FRESHNESS
from flawless.model.observed_files import Freshness

_SHOWN = 5


def judge(view: View) -> Iterator[Finding]:
    """Every direct dependency has the newest release that its manifest allows."""
    asked = view.get(FRESHNESS)
    for each in asked:
        yield _answer(view, each)
    if not asked:
        yield view.skip("no build context has a manifest of dependencies")


def _answer(view: View, each: Freshness) -> Finding:
    subject = f"file:{each.manifest}"
    if each.unseen:
        return view.unclear(f"{each.manifest} was not compared with newer releases: {each.unseen}", subject=subject)
    if not each.outdated:
        return view.ok(f"{each.manifest}: {each.tool} knows nothing newer for {each.asked} packages", subject=subject)
    first = ", ".join(f"{one.name} {one.version} (newest {one.newest})" for one in each.outdated[:_SHOWN])
    more = f" and {len(each.outdated) - _SHOWN} more" if len(each.outdated) > _SHOWN else ""
    return view.fail(f"behind: {first}{more}", at=each.outdated[0].origin, subject=subject)


CHECK = Check(
    id="dependency-outdated",
    title="a dependency is behind its newest release",
    severity=Severity.WARN,
    items=("P1.1",),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(FRESHNESS,), slow=True),),
    remedy="lock anew (uv lock --upgrade, npm update, cargo update), run the tests, commit the lock",
    doc=__doc__ or "",
)
