"""The source is copied before the dependencies are installed.

Docker builds a layer again when anything it was made from changed. With the whole source copied first, every edited
line installs every dependency again: minutes instead of seconds for each build, also for the one that fixes an outage.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM node:22-alpine
WORKDIR /app
COPY . .
RUN npm ci --omit=dev
CMD ["node", "server.js"]
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM node:22-alpine
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "server.js"]
```

## Clean twin
The dependencies live in a cache mount, so the order does not matter.
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM golang:1.23
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/go/pkg/mod go build -o /app .
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.images._shared import at, cached_by_mount, foreign, own_dockerfile, place, shell_text
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.dockerfile import Dockerfile, Instruction, Stage
from flawless.model.keys import DOCKERFILE

# A build of the program stands for its dependencies where the tool fetches them in the same breath.
_INSTALLS = {
    "npm": r"\b(npm|yarn|pnpm|bun) (ci|i|install)\b|\byarn\s*($|&&|;)",
    "pip": r"\bpip3? install\b|\buv (sync|pip install)\b|\bpoetry install\b|\bpipenv (install|sync)\b",
    "cargo": r"\bcargo (build|fetch|install|chef cook)\b",
    "go": r"\bgo (build|mod download|install)\b",
    "bundler": r"\bbundle install\b",
    "composer": r"\bcomposer install\b",
    "jvm": r"\bmvn\w* .*(package|install|go-offline|verify)\b|\bgradlew? .*(build|dependencies|bootJar)\b",
    "dotnet": r"\bdotnet (restore|build|publish)\b",
    "apt": r"\bapt(-get)? .*install\b",
    "apk": r"\bapk .*add\b",
}


def judge(view: View) -> Iterator[Finding]:
    """In no stage does an installation of dependencies come only after the copy of the whole source."""
    dockerfile = own_dockerfile(view)
    if dockerfile is None:
        yield foreign(view)
        return
    faults = [fault for stage in dockerfile.stages if (fault := _fault(dockerfile, stage))]
    for copy, install, tool in faults:
        yield view.fail(
            f"{place(dockerfile, copy)} copies the whole source before {tool} installs at line {install.line}",
            at=at(dockerfile, copy),
        )
    if not faults:
        yield view.ok(f"no stage of {dockerfile.path} installs dependencies after copying the source")


def _fault(dockerfile: Dockerfile, stage: Stage) -> tuple[Instruction, Instruction, str] | None:
    installed = _tools_of_parents(dockerfile, stage)
    source: Instruction | None = None
    for step in stage.instructions:
        if source is None and _copies_everything(step):
            source = step
        tools = _tools(step) if step.name == "RUN" else set()
        new = sorted(tools - installed)
        if source and new and not cached_by_mount(step):
            return source, step, new[0]
        installed |= tools
    return None


def _tools_of_parents(dockerfile: Dockerfile, stage: Stage) -> set[str]:
    tools: set[str] = set()
    while stage.parent is not None:
        stage = dockerfile.stages[stage.parent]
        tools.update(tool for step in stage.instructions if step.name == "RUN" for tool in _tools(step))
    return tools


def _tools(step: Instruction) -> set[str]:
    text = shell_text(step)
    return {tool for tool, pattern in _INSTALLS.items() if re.search(pattern, text)}


def _copies_everything(step: Instruction) -> bool:
    if step.name not in ("COPY", "ADD") or step.heredocs or any(flag.startswith("--from") for flag in step.flags):
        return False
    return any(source in (".", "./", "*", "./*") for source in step.args[:-1])


CHECK = Check(
    id="layer-cache-defeated",
    title="the source is copied before the dependencies are installed",
    severity=Severity.WARN,
    items=("P2.1",),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)),),
    remedy="copy only the manifest and its lock, install, and copy the source after that",
    doc=__doc__ or "",
    reference="https://docs.docker.com/build/cache/optimize/#order-your-layers",
)
