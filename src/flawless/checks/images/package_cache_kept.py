"""A package manager's cache stays in the image.

What a RUN leaves behind is in its layer for good; deleting it in a later RUN only hides it. The image is larger for
nothing, and every pull during a deploy is longer. Stages that are not shipped do not matter.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends python3
RUN rm -rf /var/lib/apt/lists/*
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
RUN apt-get update \\
    && apt-get install -y --no-install-recommends python3 \\
    && rm -rf /var/lib/apt/lists/*
```

## Clean twin
Only the builder keeps its cache; it is thrown away.
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12 AS builder
RUN pip install --target /deps httpx
FROM python:3.12-slim
ENV PIP_NO_CACHE_DIR=1
COPY --from=builder /deps /deps
RUN pip install gunicorn
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.images._shared import at, cached_by_mount, foreign, own_dockerfile, pairs, place, shell_text
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.dockerfile import Dockerfile, Instruction
from flawless.model.keys import DOCKERFILE

# manager: what installs, what leaves or makes no cache in the same RUN, the ENV that switches the cache off
_MANAGERS = (
    ("apt", r"\bapt(-get)?\b[^;&|]* install\b", r"rm -\w+ [^;&|]*/var/lib/apt/lists", ""),
    ("apk", r"\bapk\b[^;&|]* add\b", r"--no-cache|rm -\w+ [^;&|]*/var/cache/apk", ""),
    (
        "dnf",
        r"\b(dnf|yum|microdnf)\b[^;&|]* install\b",
        r"\b(dnf|yum|microdnf) clean all|rm -\w+ [^;&|]*/var/cache",
        "",
    ),
    (
        "pip",
        r"(?<!uv )\bpip3? install\b",
        r"--no-cache-dir|pip3? cache purge|rm -\w+ [^;&|]*\.cache",
        "PIP_NO_CACHE_DIR",
    ),
    ("uv", r"\buv (sync|pip install)\b", r"--no-cache|uv cache clean|rm -\w+ [^;&|]*\.cache", "UV_NO_CACHE"),
    ("npm", r"\bnpm (ci|i|install)\b", r"npm cache clean|rm -\w+ [^;&|]*\.npm", ""),
    ("yarn", r"\byarn install\b", r"yarn cache clean", ""),
)


def judge(view: View) -> Iterator[Finding]:
    """No RUN that reaches the shipped image leaves a package cache in its layer."""
    dockerfile = own_dockerfile(view)
    if dockerfile is None:
        yield foreign(view)
        return
    kept = [(step, name) for step in dockerfile.shipped("RUN") for name in _kept(dockerfile, step)]
    for step, name in kept:
        yield view.fail(f"{place(dockerfile, step)} leaves the cache of {name} in its layer", at=at(dockerfile, step))
    if not kept:
        yield view.ok(f"no shipped layer of {dockerfile.path} keeps a package cache")


def _kept(dockerfile: Dockerfile, step: Instruction) -> Iterator[str]:
    text = shell_text(step)
    off = {name for env in dockerfile.shipped("ENV") for name, value in pairs(env) if value not in ("", "0", "off")}
    for name, installs, cleans, switch in _MANAGERS:
        cached = re.search(installs, text) and not re.search(cleans, text)
        if cached and switch not in off and not cached_by_mount(step):
            yield name


CHECK = Check(
    id="package-cache-kept",
    title="a package cache stays in the image",
    severity=Severity.INFO,
    items=("P2.1",),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)),),
    remedy="clean up in the same RUN, or switch the cache off: rm -rf /var/lib/apt/lists/*, apk --no-cache, "
    "pip --no-cache-dir, npm cache clean --force",
    doc=__doc__ or "",
    reference="https://docs.docker.com/build/building/best-practices/#apt-get",
)
