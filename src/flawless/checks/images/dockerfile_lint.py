"""hadolint finds a fault in a Dockerfile.

Its codes are kept, so that its pages explain them, and its suppressions hold: ``# hadolint ignore=DL3003`` above a
line, or a ``.hadolint.yaml``. Left out is what other checks here judge by more than one file (tags, root, pipes,
shells as PID 1, caches), and the most contested rules, which ask for pinned system packages and for fewer RUN lines.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
```
```json facts.json
{"dockerfile-lint": {"service:app": {"tool": "hadolint", "files": 1, "hits": [{"code": "DL3020", "level": "error",
  "message": "Use COPY instead of ADD for files and folders", "origin": {"file": "Dockerfile", "line": 3}}]}}}
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
```
```json facts.json
{"dockerfile-lint": {"service:app": {"tool": "hadolint", "files": 1, "hits": []}}}
```

## Clean twin
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
```
```json facts.json
{"dockerfile-lint": {"service:app": {"tool": "hadolint", "files": 1, "hits": [{"code": "DL3008", "level": "warning",
  "message": "Pin versions in apt get install", "origin": {"file": "Dockerfile", "line": 3}}]}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.images._shared import foreign
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DOCKERFILE_LINT

_LEVELS = frozenset({"error", "warning"})
# Judged here by more than the Dockerfile: root, tags, caches, shells as PID 1, pipes.
_JUDGED_HERE = frozenset(
    {"DL3002", "DL3006", "DL3007", "DL3009", "DL3019", "DL3025", "DL3040", "DL3042", "DL3060", "DL4006"}
)
# Pinned packages of the system, the language, or a merge of RUN lines.
_CONTESTED = frozenset(
    {"DL3008", "DL3013", "DL3016", "DL3018", "DL3028", "DL3033", "DL3035", "DL3037", "DL3041", "DL3059", "DL3062"}
)


def judge(view: View) -> Iterator[Finding]:
    """hadolint has nothing to say against the service's Dockerfile."""
    run = view.find(DOCKERFILE_LINT) if view.service.build else None
    if run is None:
        yield foreign(view)
        return
    hits = [hit for hit in run.hits if hit.level in _LEVELS and hit.code not in _JUDGED_HERE | _CONTESTED]
    for hit in hits:
        remedy = f"see hadolint's page of {hit.code}; `# hadolint ignore={hit.code}` above the line accepts it"
        yield view.fail(f"{hit.code}: {hit.message}", at=hit.origin, remedy=remedy)
    if not hits:
        yield view.ok(f"{run.tool} finds nothing to warn of")


CHECK = Check(
    id="dockerfile-lint",
    title="hadolint warns of a Dockerfile",
    severity=Severity.WARN,
    items=("P2.1",),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE_LINT,)),),
    remedy="do what hadolint says, or accept it with `# hadolint ignore=CODE` above the line",
    doc=__doc__ or "",
    reference="https://github.com/hadolint/hadolint#rules",
)
