"""What runs is not what was committed.

The version endpoint through the proxy and the revision label of every container built from this checkout name the
release's revision. Otherwise an old image, a stub or a repair by hand is serving.

## Bad (live)
```json facts.json
{"version": {"stack": "ffffffffffffffffffffffffffffffffffffffff"}}
```

## Good (live)
```json facts.json
{"version": {"stack": "0123456789abcdef0123456789abcdef01234567"}}
```

## Clean twin (live)
A service that `--only` left out is from the commit before.
```json facts.json
{"release": {"stack": {"revisions": {"frontend": "ffffffffffffffffffffffffffffffffffffffff"}}},
 "containers": {"service:frontend": [{"revision": "ffffffffffffffffffffffffffffffffffffffff"}]}}
```

## Clean twin (live)
A short form of the same revision is the same revision.
```json facts.json
{"version": {"stack": "0123456789ab"}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope, service_subject
from flawless.model.keys import CONTAINERS, RELEASE, VERSION
from flawless.model.stack import Role

_LEAST = 7


def judge(view: View) -> Iterator[Finding]:
    """Version endpoint and containers name the release's revision."""
    release = view.get(RELEASE)
    expected = release.revision
    if not expected:
        yield view.unclear("the release has no revision to compare with")
        return
    version = view.get(VERSION)
    named = next((each for each in release.revisions.values() if _same(version, each)), expected)
    yield _answer(view, "the version endpoint", version, named, view.subject)
    containers = view.each(CONTAINERS)
    for service in view.stack.with_role(Role.BACKEND, Role.FRONTEND):
        if service.build:
            for container in containers.get(service.name, ()):
                wanted = release.revisions.get(service.name, expected)
                yield _answer(view, container.name, container.revision, wanted, service_subject(service.name))


def _answer(view: View, who: str, revision: str, expected: str, subject: str) -> Finding:
    if not revision:
        return view.unclear(
            f"{who} names no revision", remedy="deploy with flawless: it labels images", subject=subject
        )
    if _same(revision, expected):
        return view.ok(f"{who} is at {revision[:12]}", subject=subject)
    return view.fail(f"{who} is at {revision[:12]}, the release is {expected[:12]}", subject=subject)


def _same(one: str, other: str) -> bool:
    """Equal, or one a short form (seven characters or more) of the other."""
    short, long = sorted((one.strip(), other.strip()), key=len)
    return short == long or (len(short) >= _LEAST and long.startswith(short) and "-" not in long[len(short) :])


CHECK = Check(
    id="running-revision-differs",
    title="what runs is not what was committed",
    severity=Severity.BLOCK,
    items=("C1.1",),
    rules=(Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(RELEASE, VERSION, CONTAINERS)),),
    remedy="deploy again; if it stays, look who else starts containers under these names",
    doc=__doc__ or "",
)
