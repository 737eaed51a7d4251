"""Dependencies are not locked, or the build does not use the lock.

Without a lock, each build takes whatever is newest that day: the image that was tested is not the one that is
deployed, and the roll-back brings a third. A lock that the build ignores (`npm install`, `cargo build` without
`--locked`), that git does not track, or that is older than its manifest, is no better.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM node:22-alpine
COPY package.json ./
RUN npm install
```
```json package.json
{"name": "app", "version": "1.0.0", "dependencies": {"express": "^4.19.0"}}
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM node:22-alpine
COPY package.json package-lock.json ./
RUN npm ci
```
```json package.json
{"name": "app", "version": "1.0.0", "dependencies": {"express": "^4.19.0"}}
```
```json package-lock.json
{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {
  "": {"name": "app", "version": "1.0.0", "dependencies": {"express": "^4.19.0"}},
  "node_modules/express": {"version": "4.19.2"}}}
```

## Clean twin
A requirements file with hashes is its own lock, and pip keeps to it without being told.
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
```
```text requirements.txt
flask==3.1.2 \\
    --hash=sha256:1111111111111111111111111111111111111111111111111111111111111111
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import MANIFESTS
from flawless.model.observed_files import Manifest
from flawless.model.stack import Origin


def judge(view: View) -> Iterator[Finding]:
    """Every manifest has a lock that is tracked, fits, and is what the image installs from."""
    manifests = view.get(MANIFESTS)
    for manifest in manifests:
        yield _answer(view, manifest)
    if not manifests:
        yield view.skip("the stack has no dependency manifest")


def _answer(view: View, manifest: Manifest) -> Finding:
    where, subject = Origin(manifest.path), f"file:{manifest.path}"
    if not manifest.lock:
        return view.fail(f"{manifest.path} has no lock", at=where, subject=subject)
    if manifest.lock_tracked is False:
        remedy = f"git add {manifest.lock}"
        return view.fail(f"{manifest.lock} is not tracked by git", at=where, subject=subject, remedy=remedy)
    if manifest.stale:
        return view.fail(f"{manifest.lock} does not fit: {manifest.stale}", at=where, subject=subject)
    if manifest.pinned is False:
        install = manifest.install_origin or where
        return view.fail(f"the build does not keep to {manifest.lock} ({install})", at=install, subject=subject)
    used = "the build keeps to it" if manifest.pinned else "no Dockerfile installs it"
    return view.ok(f"{manifest.lock} locks {len(manifest.packages)} packages; {used}", at=where, subject=subject)


CHECK = Check(
    id="lockfile-missing",
    title="dependencies are not locked",
    severity=Severity.BLOCK,
    items=("P1.1",),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(MANIFESTS,)),),
    remedy="make a lock, track it, and install from it alone: npm ci, cargo build --locked, uv sync --locked, "
    "pip install --require-hashes -r requirements.lock",
    doc=__doc__ or "",
)
