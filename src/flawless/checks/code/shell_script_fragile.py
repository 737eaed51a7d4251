"""A shell script goes on after a failure, or ends where nothing failed.

``((errors++))`` under ``set -e`` ends the script at the first count, because the expression is 0. ``psql`` without
ON_ERROR_STOP runs to the end over every error and exits 0. A secret that a script prints is in the logs for ever.
Commands of services and scripts that a Dockerfile writes count too. shellcheck finds more of that kind in the script
files; where it is not installed the verdict says so.

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

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment: {DATABASE_URL: "postgresql://shop:q7Zr0vJx3TnLw9Kd@db:5432/shop"}
```
```sh entrypoint.sh
#!/bin/bash
echo "DATABASE_URL is ${DATABASE_URL:0:30}..."
```

## Bad
```yaml compose.yaml
services:
  migrate:
    image: postgres:16
    command: ["sh", "-c", "psql -f /migrations/0001.sql && echo done"]
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
  migrate:
    image: postgres:16
    command: ["sh", "-c", "exec psql -v ON_ERROR_STOP=1 -f /migrations/0001.sql"]
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
    environment: {DATABASE_URL: "postgresql://shop:q7Zr0vJx3TnLw9Kd@db:5432/shop"}
```
```sh count.sh
#!/bin/bash
set -e
count=1
((count++)) || true
psql -c 'select 1'
echo "the database is ${DATABASE_URL##*@}, and the address has ${#DATABASE_URL} characters"
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
_RUNS_FILE = re.compile(r"(?:^|\s)(?:-\w*f|--file(?:=|\s)|<(?!<<))")
_FED = re.compile(r"\|\s*(?:\w+=\S+\s+)*psql\b")
_STOPS = "ON_ERROR_STOP"
_LONGEST = 2_000
_PRINTS = re.compile(
    r"^\s*(?:echo|printf)\b(?P<said>[^>|]*\$\{?(?P<name>\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY)\w*)\}?[^>|]*)$"
)
_ECHO = re.compile(r"^\s*(?:echo|printf)\b[^>|]*$")
_WHOLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::-[^}]*|:\d+(?::\d+)?|%%?[^}]*)?\}|(?P<plain>\w+))")
_PART = re.compile(r"\$\{#\w|\$\{\w+:?[+]|_(?:FILE|PATH|NAME|URL|ID)\b")


def judge(view: View) -> Iterator[Finding]:
    """Every script ends with its first failure, at no other place, and prints no secret."""
    scripts, lint = view.get(SHELL_SCRIPTS), view.get(SHELL_LINT)
    urls = {each.name for service in view.stack.services for each in service.env if each.url and each.url.password}
    own = (fault for script in scripts for fault in _faults(view, script, urls))
    faults = [*own, *(_hit(view, hit) for hit in lint.hits)]
    yield from faults
    if not scripts:
        yield view.skip("the stack has no shell script and no command of its own")
    elif lint.absent and lint.files:
        yield view.unclear(f"{lint.files} scripts were read, but {lint.absent}", remedy=lint.absent)
    elif not faults:
        yield view.ok(f"nothing fragile in {len(scripts)} scripts and commands; {lint.tool} read {lint.files} of them")


def _hit(view: View, hit: LintHit) -> Finding:
    remedy = f"see shellcheck's page of {hit.code}; `# shellcheck disable={hit.code}` above the line accepts it"
    return view.fail(f"{hit.code}: {hit.message}", at=hit.origin, subject=f"file:{hit.origin.file}", remedy=remedy)


def _faults(view: View, script: Script, urls: set[str]) -> Iterator[Finding]:
    for number, line in enumerate(lines_of(script.text), 1):
        short = line[:_LONGEST]
        for message, remedy in (*_said_of(short, script.text), *_printed(short, urls)):
            where = Origin(script.path, script.line or number)
            yield view.fail(message, at=where, subject=f"file:{script.path}", remedy=remedy)


def _said_of(line: str, text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a line of a script, and what to write instead."""
    if _COUNTS.match(line) and _SET_E.search(text):
        yield f"`{line.strip()}` under set -e ends the script when it counts from 0", "count=$((count + 1))"
    found = _PSQL.search(line)
    if found and (_FED.search(line) or _RUNS_FILE.search(found["arguments"])) and _STOPS not in text:
        message = "psql runs SQL of a file or a pipe without ON_ERROR_STOP: it goes on after errors and exits 0"
        yield message, "psql -v ON_ERROR_STOP=1 ..."


def _printed(line: str, urls: set[str]) -> Iterator[tuple[str, str]]:
    """Secrets, and variables of the stack that hold a URL with its password, where a line prints them."""
    if (found := _PRINTS.match(line)) and not _PART.search(found["said"]):
        yield f"prints ${found['name']}", "say that it is set, not what it is"
    names = [found["braced"] or found["plain"] for found in _WHOLE.finditer(line)] if _ECHO.match(line) else []
    for name in dict.fromkeys(names):
        if name in urls:
            yield f"prints ${name}, whose value holds a password", f"print what follows the @: ${{{name}##*@}}"


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
