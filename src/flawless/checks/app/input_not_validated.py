"""What does not fit is not refused: the application fails over it, or takes it.

An error of the server shows that a value went further than it should, often as far as the database. Each parameter and
each field gets values of the wrong type, size and encoding, and bodies that are none, JSON nested deeply among them.

## Bad (rehearsal)
```json facts.json
{"app-inputs": {"stack": {"misuses": [
  {"operation": "GET /api/orders", "place": "query limit", "kind": "a NUL byte", "status": 500}]}}}
```

## Bad (rehearsal)
An object where a text must be is taken.
```json facts.json
{"app-inputs": {"stack": {"misuses": [
  {"operation": "POST /api/orders", "place": "field name", "kind": "an object", "status": 201, "must_refuse": true}]}}}
```

## Bad (rehearsal)
```json facts.json
{"app-inputs": {"stack": {"alive": false, "controls": {"GET /api/orders": 200}}}}
```

## Good (rehearsal)
```json facts.json
{"app-inputs": {"stack": {"misuses": [
  {"operation": "POST /api/orders", "place": "field name", "kind": "an object", "status": 422, "must_refuse": true}]}}}
```

## Clean twin (rehearsal)
A long text is a text, and may be taken.
```json facts.json
{"app-inputs": {"stack": {"misuses": [
  {"operation": "POST /api/orders", "place": "field note", "kind": "a very long text", "status": 201}]}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.app._told import UNREACHED, cut_off, good, operation, unreached
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import APP_INPUTS
from flawless.model.observed_app import Inputs, Misuse


def judge(view: View) -> Iterator[Finding]:
    """Every operation refuses what does not fit, and none fails over it."""
    inputs = view.get(APP_INPUTS)
    for name in dict.fromkeys([*inputs.controls, *(each.operation for each in inputs.misuses)]):
        yield from _of(view, inputs, name)
    if not inputs.alive and any(0 < status < 500 for status in inputs.controls.values()):
        yield view.fail("afterwards the application answers no more")
    elif not inputs.alive:
        yield view.unclear("the application answered nothing, before and after")
    if not inputs.controls and not inputs.misuses:
        yield view.skip("no operation is described")
    yield from cut_off(view, inputs.left_out)


def _of(view: View, inputs: Inputs, name: str) -> Iterator[Finding]:
    sent = [each for each in inputs.misuses if each.operation == name]
    faults = [fault for each in sent if (fault := _fault(view, each))]
    yield from faults
    tried = [each for each in sent if each.status not in UNREACHED]
    if not sent:
        yield view.skip("it takes no values", subject=operation(name))
    elif not faults and not tried:
        yield unreached(view, name, sent[0].status, inputs.login)
    elif not faults:
        yield view.ok(f"it stands {len(tried)} values that do not fit", subject=operation(name))


def _fault(view: View, each: Misuse) -> Finding | None:
    what, subject = f"{each.kind} in {each.place}", operation(each.operation)
    said = f": {each.said}" if each.said else ""
    if not each.status:
        return view.fail(f"{what} gets no answer{said}", subject=subject)
    if each.status >= 500:
        return view.fail(f"{what} gets {each.status}{said}", subject=subject)
    if each.must_refuse and good(each.status):
        return view.fail(f"{what} is taken ({each.status})", subject=subject)
    return None


CHECK = Check(
    id="input-not-validated",
    title="the application fails over a value that does not fit, or takes it",
    severity=Severity.BLOCK,
    items=("S3.3",),
    rules=(Rule(Level.REHEARSAL, judge, scope=Scope.STACK, needs=(APP_INPUTS,)),),
    remedy="validate type, size and encoding where the request comes in, and answer 400 or 422",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 2.2.1",
)
