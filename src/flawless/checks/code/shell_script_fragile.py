"""A shell script goes on after a failure, or ends where nothing failed.

``((errors++))`` under ``set -e`` ends the script at the first count, because the expression is 0. ``psql`` without
ON_ERROR_STOP runs to the end over every error and exits 0. A secret that a script prints is in the logs for ever.
shellcheck finds more of that kind; where it is not installed the verdict says so.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```sh entrypoint.sh
#!/bin/bash
set -e
errors=0
((errors++))
psql -f migrate.sql
echo "connecting with $DATABASE_PASSWORD"
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```sh entrypoint.sh
#!/bin/bash
set -e
errors=0
errors=$((errors + 1))
psql -v ON_ERROR_STOP=1 -f migrate.sql
echo "connecting to $DATABASE_HOST"
```

## Clean twin
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```sh count.sh
#!/bin/bash
set -e
count=1
((count++)) || true
psql -c 'select 1'
echo "no token was given: set API_TOKEN"
printf '%s' "$API_TOKEN" >/run/token
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.lines import lines_of
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import SHELL_LINT, SHELL_SCRIPTS
from flawless.model.observed_files import LintHit, Script
from flawless.model.stack import Origin

_SET_E = re.compile(r"^\s*set\s+(?:-[a-zA-Z]*e|-o\s+errexit)|^#!.*\s-[a-z]*e", re.MULTILINE)
_COUNTS = re.compile(r"^\s*\(\(\s*\w+\s*(?:\+\+|--)\s*\)\)\s*(?:;.*|#.*)?$")
_PSQL = re.compile(r"(?:^|[\s;&|(])psql\s(?P<arguments>[^|;&]*)")
_RUNS_FILE = re.compile(r"(?:^|\s)(?:-f|--file(?:=|\s)|<(?!<<))")
_STOPS = "ON_ERROR_STOP"
_LONGEST = 2_000
_PRINTS = re.compile(
    r"^\s*(?:echo|printf)\b(?P<said>[^>|]*\$\{?(?P<name>\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY)\w*)\}?[^>|]*)$"
)
_PART = re.compile(r"\$\{#\w|\$\{\w+:?[+]|_(?:FILE|PATH|NAME|URL|ID)\b")


def judge(view: View) -> Iterator[Finding]:
    """Every script ends with its first failure, at no other place, and prints no secret."""
    scripts, lint = view.get(SHELL_SCRIPTS), view.get(SHELL_LINT)
    own = (fault for script in scripts for fault in _faults(view, script))
    faults = [*own, *(_hit(view, hit) for hit in lint.hits)]
    yield from faults
    if not scripts:
        yield view.skip("the stack has no shell script")
    elif lint.absent:
        yield view.unclear(f"{len(scripts)} scripts were read, but {lint.absent}", remedy=lint.absent)
    elif not faults:
        yield view.ok(f"{len(scripts)} scripts, and {lint.tool} warns of none")


def _hit(view: View, hit: LintHit) -> Finding:
    remedy = f"see shellcheck's page of {hit.code}; `# shellcheck disable={hit.code}` above the line accepts it"
    return view.fail(f"{hit.code}: {hit.message}", at=hit.origin, subject=f"file:{hit.origin.file}", remedy=remedy)


def _faults(view: View, script: Script) -> Iterator[Finding]:
    for number, line in enumerate(lines_of(script.text), 1):
        for message, remedy in _said_of(line[:_LONGEST], script.text):
            where = Origin(script.path, number)
            yield view.fail(message, at=where, subject=f"file:{script.path}", remedy=remedy)


def _said_of(line: str, text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a line of a script, and what to write instead."""
    if _COUNTS.match(line) and _SET_E.search(text):
        yield f"`{line.strip()}` under set -e ends the script when it counts from 0", "count=$((count + 1))"
    if (found := _PSQL.search(line)) and _RUNS_FILE.search(found["arguments"]) and _STOPS not in text:
        message = "psql runs a file without ON_ERROR_STOP: it goes on after an error and exits 0"
        yield message, "psql -v ON_ERROR_STOP=1 ..."
    if (found := _PRINTS.match(line)) and not _PART.search(found["said"]):
        yield f"prints ${found['name']}", "say that it is set, not what it is"


CHECK = Check(
    id="shell-script-fragile",
    title="a shell script hides a failure, or fails without one",
    severity=Severity.WARN,
    items=("P1.4",),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(SHELL_SCRIPTS, SHELL_LINT)),),
    remedy="begin scripts with set -eu, run psql with -v ON_ERROR_STOP=1, print no secret",
    doc=__doc__ or "",
    reference="https://www.shellcheck.net/wiki/",
)
