"""The shipped image contains what only the build needs: a compiler, build tools, or the build itself.

A compiler in the running container is what an intruder needs to go on, and hundreds of megabytes in every pull.
A second stage that copies only the result leaves all of it behind. A program that needs no build, such as a
Python service without compiled parts or a static site, may well have one stage.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM rust:1.83
WORKDIR /app
COPY . .
RUN cargo build --release --locked
CMD ["/app/target/release/app"]
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM rust:1.83 AS build
WORKDIR /app
COPY . .
RUN cargo build --release --locked
FROM debian:bookworm-slim
COPY --from=build /app/target/release/app /usr/local/bin/app
CMD ["app"]
```

## Bad (image)
```yaml compose.yaml
services:
  app:
    build: .
    image: shop/app:1
```
```dockerfile Dockerfile
FROM example/base
COPY . /app
```
```json facts.json
{"image-files": {"service:app": {"layers": 3, "compilers": ["usr/bin/gcc"], "sources": ["app/src/main.rs"]}}}
```

## Good (image)
```yaml compose.yaml
services:
  app:
    build: .
    image: shop/app:1
```
```dockerfile Dockerfile
FROM example/base
COPY . /app
```
```json facts.json
{"image-files": {"service:app": {"layers": 3, "managers": ["usr/bin/apt-get", "usr/bin/pip"]}}}
```

## Clean twin (image)
An image that somebody else builds: its layers are not this stack's business.
```yaml compose.yaml
services:
  app:
    image: gcc:14
```
```json facts.json
{"image-files": {"service:app": {"layers": 3, "compilers": ["usr/bin/gcc"]}}}
```

## Clean twin
The compiler comes and goes in one layer.
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-alpine
COPY requirements.txt .
RUN apk add --no-cache --virtual .build-deps gcc musl-dev \\
    && pip install --no-cache-dir -r requirements.txt \\
    && apk del .build-deps
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.images._shared import at, foreign, image_name, own_dockerfile, place, shell_text
from flawless.model.check import Check, Finding, Level, Outcome, Rule, Severity, View
from flawless.model.dockerfile import Dockerfile, Instruction, Stage
from flawless.model.keys import DOCKERFILE, IMAGE_FILES

_COMPILER_IMAGES = frozenset({"rust", "golang", "gcc", "maven", "gradle", "sdk", "swift", "haskell"})
_JDK = re.compile(r":[^@]*jdk|/jdk\b")
_COMPILER_PACKAGES = re.compile(
    r"\b(apt(-get)?|apk|dnf|yum)\b[^;&|]*\b(install|add)\b[^;&|]*"
    r"(?<=\s)(build-essential|build-base|gcc|g\+\+|clang|cmake|make|cargo|rustc|golang(-go)?|default-jdk\S*)(?=\s|$)"
)
_BUILDS = re.compile(
    r"\b(cargo build|go build|mvnw? [^;&|]*package|gradlew? [^;&|]*(build|bootJar)|dotnet (build|publish)"
    r"|(npm|pnpm|yarn|bun) (run )?build|make( install)?)(?=\s|$|;|&)"
)
_NAMED = 3
_REMOVES = re.compile(r"\bapk del\b|\bapt(-get)? [^;&|]*(purge|remove)\b|\b(dnf|yum) [^;&|]*remove\b")


def judge(view: View) -> Iterator[Finding]:
    """No stage that reaches the shipped image compiles or keeps a compiler."""
    dockerfile = own_dockerfile(view)
    if dockerfile is None:
        yield foreign(view)
        return
    faults = list(_faults(dockerfile))
    for where, what in faults:
        yield view.fail(f"{what} ({place(dockerfile, where)})", at=at(dockerfile, where))
    if not faults:
        stages = len(dockerfile.stages)
        built = f"{stages} stages" if stages > 1 else "one stage, which compiles nothing"
        yield view.ok(f"{dockerfile.path} ships {image_name(dockerfile.lineage()[0].base)} without a compiler: {built}")


def judge_image(view: View) -> Iterator[Finding]:
    """What the Dockerfile says, and what the layers of the image hold."""
    files = view.find(IMAGE_FILES) if view.service.build else None
    if files is None:
        yield foreign(view)
        return
    said = [finding for finding in judge(view) if finding.outcome is Outcome.FAIL]
    where = view.service.at("build")
    yield from said
    if files.compilers and not said:
        yield view.fail(f"the image holds {_some(files.compilers)}", at=where)
    if files.sources:
        yield view.fail(f"the image holds the source: {_some(files.sources)}", at=where)
    if not (said or files.compilers or files.sources):
        besides = f"; the base image brings {_some(files.managers)}" if files.managers else ""
        yield view.ok(f"{files.layers} layers hold no compiler, build tool or source{besides}", at=where)


def _some(paths: tuple[str, ...]) -> str:
    more = len(paths) - _NAMED
    return ", ".join(paths[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _faults(dockerfile: Dockerfile) -> Iterator[tuple[Stage | Instruction, str]]:
    oldest = dockerfile.lineage()[0]
    if image_name(oldest.base) in _COMPILER_IMAGES or _JDK.search(oldest.base):
        yield oldest, f"the shipped image starts from {oldest.base}, which is a compiler"
    for step in dockerfile.shipped("RUN"):
        text = shell_text(step)
        if _REMOVES.search(text):
            continue
        if found := _COMPILER_PACKAGES.search(text):
            yield step, f"the shipped image keeps {found[4]}"
        if found := _BUILDS.search(text):
            yield step, f"the program is built in the shipped image: {found[0]}"


CHECK = Check(
    id="single-stage-build",
    title="the shipped image contains its build",
    severity=Severity.WARN,
    items=("P2.2",),
    rules=(
        Rule(Level.FILES, judge, built=(DOCKERFILE,)),
        Rule(Level.IMAGE, judge_image, built=(DOCKERFILE, IMAGE_FILES), slow=True),
    ),
    remedy="build in a stage of its own and copy only the result into the last one (COPY --from=...)",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 4.3; https://docs.docker.com/build/building/multi-stage/",
)
