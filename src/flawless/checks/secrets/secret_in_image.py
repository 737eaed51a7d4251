"""A secret is inside an image.

An image is copied to every machine and registry that it passes, and each layer and each build argument can be read
from it, also those that a later layer deletes.

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
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import IMAGE


def judge(view: View) -> Iterator[Finding]:
    """Neither the history, the environment nor the layers of the image hold a secret."""
    image = view.get(IMAGE)
    where = view.service.at("build" if view.service.build else "image")
    for hit in image.secrets:
        line = f":{hit.line}" if hit.line else ""
        yield view.fail(f"the image holds a secret: {hit.kind} in {hit.path}{line}", at=where)
    if not image.secrets:
        yield view.ok("the image's history, environment and layers show no secret", at=where)


CHECK = Check(
    id="secret-in-image",
    title="a secret is inside an image",
    severity=Severity.BLOCK,
    items=("S1.4",),
    rules=(Rule(Level.IMAGE, judge, needs=(IMAGE,)),),
    remedy="change the secret; RUN --mount=type=secret at build time, Compose secrets at run time, a .dockerignore",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 4.10; OWASP ASVS 5.0: 13.3.1; https://docs.docker.com/build/building/secrets/",
)
