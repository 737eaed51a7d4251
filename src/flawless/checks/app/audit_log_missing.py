"""A failed login or a change of data leaves no entry in the audit log.

After an incident nobody can tell who did what. The log is read, then a login that fails and a change of data are made,
and each must add an entry. In what runs now that happens only with ``flawless verify --opt-in active``.

## Bad (rehearsal)
```json facts.json
{"app-audit": {"stack": {"login": false, "change": true}}}
```

## Good (rehearsal)
```json facts.json
{"app-audit": {"stack": {"login": true, "change": true}}}
```

## Clean twin (rehearsal)
Others write into the log meanwhile; our own entries are told by their names.
```json facts.json
{"app-audit": {"stack": {"steady": false, "login": true, "change": true}}}
```

## Bad (live)
```json facts.json
{"app-audit": {"stack": {"login": true, "change": false}}}
```

## Good (live)
```json facts.json
{"app-audit": {"stack": {"login": true, "change": true}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import APP_AUDIT
from flawless.model.observed_app import AuditTrial


def judge(view: View) -> Iterator[Finding]:
    """Both leave an entry."""
    trial = view.get(APP_AUDIT)
    if trial.reason:
        yield view.unclear(f"the audit log cannot be read: {trial.reason}")
        return
    if trial.login is None:
        yield view.unclear("no login could be made to fail: it is not known, or it is limited just now")
    for what, left in (("a failed login", trial.login), ("a change of data", trial.change)):
        if left is not None:
            yield _answer(view, trial, what, left)
    if trial.change is None:
        yield view.unclear(trial.untried or "no change of data was tried")


def _answer(view: View, trial: AuditTrial, what: str, left: bool) -> Finding:
    if left:
        return view.ok(f"{what} leaves an entry in {trial.route}")
    if not trial.steady:
        return view.unclear(f"{trial.route} grows by itself, and no entry names {what}")
    if not trial.whole:
        remedy = 'write audit = "GET /…?order=newest" under [app] in flawless.toml, so that new entries come first'
        return view.unclear(f"{what} shows no entry on the first page of {trial.route}", remedy=remedy)
    return view.fail(f"{what} leaves no entry in {trial.route}")


CHECK = Check(
    id="audit-log-missing",
    title="a failed login or a change of data leaves no entry",
    severity=Severity.BLOCK,
    items=("C3.5",),
    rules=(
        Rule(Level.REHEARSAL, judge, scope=Scope.STACK, needs=(APP_AUDIT,)),
        Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(APP_AUDIT,), active=True),
    ),
    remedy="write an entry with who, what, when and from where, in the same transaction as the change",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 16.3.1 to 16.3.3",
)
