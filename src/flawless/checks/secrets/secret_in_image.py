"""A secret is inside an image.

An image is copied to every machine and registry that it passes, and each layer and each build argument can be read
from it, also those that a later layer deletes. `flawless check --build` looks into the layers of what is built here;
a deploy looks at history and environment only, which takes no time.

## Bad (image)
```json facts.json
{"image": {"service:backend": {"secrets": [{"path": "app/.env", "line": 2, "kind": "password"}]}}}
```

## Good (image)
```json facts.json
{"image": {"service:backend": {"secrets": []}}}
```

## Clean twin (image)
A variable that names a file holds no secret.
```json facts.json
{"image": {"service:backend": {"env_names": ["PATH", "JWT_SECRET_FILE"], "secrets": []}}}
```

## Bad (image)
```yaml compose.yaml
services:
  app:
    build: .
    image: shop/app:1
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
COPY . /app
RUN rm /app/.env
```
```json facts.json
{"image-files": {"service:app": {"layers": 3, "secrets": [
  {"path": "app/.env", "line": 2, "kind": "the value of DB_PASSWORD, which a later layer deletes"}]}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import IMAGE, IMAGE_FILES


def judge(view: View) -> Iterator[Finding]:
    """Neither the history, the environment nor the layers of the image hold a secret."""
    image = view.get(IMAGE)
    files = view.find(IMAGE_FILES)
    hits = (*image.secrets, *(files.secrets if files else ()))
    where = view.service.at("build" if view.service.build else "image")
    for hit in hits:
        line = f":{hit.line}" if hit.line else ""
        yield view.fail(f"the image holds a secret: {hit.kind} in {hit.path}{line}", at=where)
    if not hits:
        searched = f"history, environment and {files.layers} layers" if files else "history and environment"
        yield view.ok(f"the image's {searched} show no secret", at=where)


CHECK = Check(
    id="secret-in-image",
    title="a secret is inside an image",
    severity=Severity.BLOCK,
    items=("S1.4",),
    rules=(Rule(Level.IMAGE, judge, needs=(IMAGE,), slow_built=(IMAGE_FILES,)),),
    remedy="change the secret; RUN --mount=type=secret at build time, Compose secrets at run time, a .dockerignore",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 4.10; OWASP ASVS 5.0: 13.3.1; https://docs.docker.com/build/building/secrets/",
)
