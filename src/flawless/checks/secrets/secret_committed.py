"""A secret is tracked by git.

Everybody who ever cloned the repository has it, and deleting the file does not take it out of the history. It must be
changed, not only removed.

## Bad
```json facts.json
{"git": {"stack": {"tracked_secrets": [{"path": ".env", "line": 3, "kind": "password"}]}}}
```

## Good
```json facts.json
{"git": {"stack": {"tracked_secrets": []}}}
```

## Clean twin
A folder that is under no version control has nothing in git.
```json facts.json
{"git": {"stack": {"repository": false, "revision": "", "tracked_secrets": []}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import GIT
from flawless.model.stack import Origin


def judge(view: View) -> Iterator[Finding]:
    """Git tracks no password, key or token."""
    git = view.get(GIT)
    if not git.repository:
        yield view.skip("the stack is under no version control")
        return
    for hit in git.tracked_secrets:
        yield view.fail(f"git tracks a secret: {hit.kind}", at=Origin(hit.path, hit.line), subject=f"file:{hit.path}")
    if not git.tracked_secrets:
        yield view.ok(f"no tracked file of {git.revision[:12] or 'the checkout'} looks like a secret")


CHECK = Check(
    id="secret-committed",
    title="a secret is in git",
    severity=Severity.BLOCK,
    items=("P3.3", "S1.4"),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(GIT,)),),
    remedy="change the secret, take the file out of git (git rm --cached), ignore it, and commit an example instead",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 13.3.1; OWASP Secrets Management Cheat Sheet",
)
