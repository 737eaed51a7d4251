"""An image is named in a way that can mean another image tomorrow.

``latest``, or no tag at all, is whatever was pushed last; a version tag moves with every patch. The next build or
pull then brings something that nobody tested, and the roll-back brings back something else than what ran. Only a
digest names one image. Stages of the same file, ``scratch`` and images that this stack builds are not pulled.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:latest
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim@sha256:1111111111111111111111111111111111111111111111111111111111111111 AS base
FROM base
```

## Clean twin
The second service runs the image that the first one builds.
```yaml compose.yaml
services:
  app:
    build: .
    image: shop/app
  worker:
    image: shop/app
```
```dockerfile Dockerfile
FROM scratch
COPY app /app
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.images._shared import at, own_dockerfile
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.dockerfile import Dockerfile, Stage
from flawless.model.keys import DOCKERFILE
from flawless.model.stack import Origin


def judge(view: View) -> Iterator[Finding]:
    """Every image that is pulled for the service is named by digest."""
    dockerfile = own_dockerfile(view)
    if dockerfile is None:
        yield _image_of(view)
        return
    pulled = [stage for stage in dockerfile.stages if _is_pulled(dockerfile, stage)]
    for stage in pulled:
        yield _answer(view, stage.base, at(dockerfile, stage))
    if not pulled:
        yield view.ok("nothing is pulled: every stage starts from scratch or from another stage")


def _is_pulled(dockerfile: Dockerfile, stage: Stage) -> bool:
    return stage.parent is None and stage.base != "scratch"


def _image_of(view: View) -> Finding:
    image = view.service.image
    builder = next((each.name for each in view.stack.services if each.build and each.image == image), "")
    if builder:
        return view.skip(f"{image} is built here, for the service {builder}")
    return _answer(view, image, view.service.at("image"))


def _answer(view: View, image: str, where: Origin) -> Finding:
    if not image or "$" in image:
        return view.unclear(f"which image {image or 'this'} is cannot be told from the files", at=where)
    if "@sha256:" in image:
        return view.ok(f"{image} is pinned by digest", at=where)
    tag = image.rpartition("/")[2].partition(":")[2]
    if tag in ("", "latest"):
        return view.fail(f"{image} {'is' if tag else 'has no tag, so it is'} whatever was pushed last", at=where)
    return view.fail(f"{image} has a tag but no digest: the tag moves", at=where, absent=True)


CHECK = Check(
    id="base-image-floating",
    title="an image is not pinned",
    severity=Severity.WARN,
    items=("P2.1",),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)),),
    remedy="append the digest: NAME:TAG@sha256:..., as `docker buildx imagetools inspect NAME:TAG` prints it",
    doc=__doc__ or "",
    reference="OWASP Docker Security Cheat Sheet: rule 13; "
    "https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
)
