"""A locked dependency has a known vulnerability.

The advisory database says which versions are affected and which one is fixed. What is shipped is what is locked, so
the lock files are asked about, not the manifests. Where no database answers, nothing is known, and nothing passes.

## Bad
```json facts.json
{"advisories": {"stack": {"packages": 2, "found": [
  {"id": "GHSA-xxxx-yyyy-zzzz", "package": "example", "version": "1.0.0", "severity": "HIGH", "fixed": "1.0.1",
   "origin": {"file": "requirements.lock", "line": 3}}]}}}
```

## Good
```json facts.json
{"advisories": {"stack": {"packages": 2, "found": []}}}
```

## Clean twin
Nothing is locked, so there is nothing to ask about: another check says that.
```json facts.json
{"advisories": {"stack": {"packages": 0, "found": []}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import ADVISORIES
from flawless.model.observed_files import Vulnerability


def judge(view: View) -> Iterator[Finding]:
    """The advisory database knows nothing against any locked dependency."""
    scan = view.get(ADVISORIES)
    for each in scan.found:
        yield _finding(view, each)
    if scan.packages == 0:
        yield view.skip("no dependency is locked, so there is none to ask about")
    elif not scan.found:
        yield view.ok(f"{scan.source} knows nothing against {scan.packages} locked packages")


def _finding(view: View, each: Vulnerability) -> Finding:
    severity = f" ({each.severity.lower()})" if each.severity else ""
    remedy = f"update {each.package} to {each.fixed}" if each.fixed else f"no fixed version of {each.package} is known"
    return view.fail(
        f"{each.package} {each.version}: {each.id}{severity}",
        at=each.origin,
        remedy=remedy,
        subject=f"package:{each.package}",
    )


CHECK = Check(
    id="dependency-vulnerable",
    title="a dependency has a known vulnerability",
    severity=Severity.BLOCK,
    items=("P1.2", "C3.1"),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(ADVISORIES,)),),
    remedy="update the dependency to its fixed version and lock again",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 15.2.1; OWASP Docker Security Cheat Sheet: rule 9; https://osv.dev",
)
