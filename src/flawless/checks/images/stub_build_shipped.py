"""The image ships a stub instead of the program.

To cache dependencies, a builder compiles an empty ``main``, then copies the real source over it and builds again. Cargo
decides by time of change. The source in a checkout is older than the artefact that was just made, so the second build
finds nothing to do, and the stub is shipped: it exits 0 without a word, for ever restarting. A ``touch`` of the
source before the second build, ``cargo clean -p``, removing the stub's artefacts, or cargo-chef avoids it.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM rust:1.83 AS build
WORKDIR /app
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && echo "fn main() {}" > src/main.rs && cargo build --release && rm -rf src
COPY src src
RUN cargo build --release
FROM debian:bookworm-slim
COPY --from=build /app/target/release/app /usr/local/bin/
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
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && echo "fn main() {}" > src/main.rs && cargo build --release && rm -rf src
COPY src src
RUN touch src/main.rs && cargo build --release
FROM debian:bookworm-slim
COPY --from=build /app/target/release/app /usr/local/bin/
```

## Bad (image)
Started alone, the program ends at once, without an error and without a word.
```json facts.json
{"start-trial": {"service:backend": {"argv": ["app"], "status": 0, "output": [], "seconds": 0.1}}}
```

## Good (image)
```json facts.json
{"start-trial": {"service:backend": {"argv": ["app"], "status": 78, "output": ["DATABASE_URL is missing"]}}}
```

## Clean twin
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM rust:1.83 AS build
RUN cargo install cargo-chef
COPY recipe.json .
RUN cargo chef cook --release
COPY . .
RUN cargo build --release
```

## Clean twin (image)
A program that ends without an error, and says why, is no stub.
```json facts.json
{"start-trial": {"service:backend": {"argv": ["app"], "status": 0, "output": ["usage: app serve"], "seconds": 0.1}}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.images._shared import at, foreign, own_dockerfile, place, shell_text
from flawless.model.check import Check, Finding, Level, Outcome, Rule, Severity, View
from flawless.model.dockerfile import Dockerfile, Instruction, Stage
from flawless.model.keys import DOCKERFILE, FORMER_IMAGE, IMAGE, START_TRIAL

_STUB = re.compile(r"fn main\s*\(|\bcargo (new|init)\b|\btouch [^;&|]*\b(main|lib)\.rs\b|>\s*\S*\b(main|lib)\.rs\b")
_BUILD = re.compile(r"\bcargo\s+(\+\S+\s+)?(build|install|rustc|b)\b(?!\s+cargo-)")
_FRESH = re.compile(r"\btouch\b|\bcargo clean\b|\brm\b[^;&|]*\btarget\b|\bgit clone\b")


def judge(view: View) -> Iterator[Finding]:
    """After a stub was compiled, the real source is made newer than the stub before it is built."""
    dockerfile = own_dockerfile(view)
    if dockerfile is None:
        yield foreign(view)
        return
    faults = [fault for stage in dockerfile.stages if (fault := _stale_build(_steps(dockerfile, stage)))]
    for stub, build in dict.fromkeys(faults):
        yield view.fail(
            f"line {stub.line} compiles a stub; at line {build.line} cargo takes the copied source for older and "
            "builds nothing: the stub is shipped",
            at=at(dockerfile, build),
            remedy=f"{place(dockerfile, build)}: RUN find src -name '*.rs' -exec touch {{}} + && cargo build ...",
        )
    if not faults:
        yield view.ok(f"no stage of {dockerfile.path} builds over a stub")


def judge_image(view: View) -> Iterator[Finding]:
    """What the Dockerfile says, and whether the program that was built does anything when it is started."""
    said = [finding for finding in judge(view) if finding.outcome is Outcome.FAIL]
    yield from said
    trial, former = view.get(START_TRIAL), view.get(FORMER_IMAGE)
    text, size = " ".join(trial.argv), view.get(IMAGE).size
    if said:
        return
    if former.size and size * 2 < former.size:
        shrunk = f"{size / 1e6:.0f} MB after {former.size / 1e6:.0f} MB in release {former.release}"
        yield view.fail(f"the image is less than half of the last one: {shrunk}", at=view.service.at("build"))
    elif not trial.argv:
        yield view.skip("it is not built here, or ends by design")
    elif trial.status == 0 and not trial.output:
        yield view.fail(f"{text} ends at once with exit code 0 and without a word", at=view.service.at("build"))
    elif trial.refused:
        yield view.unclear(f"the engine did not start it: {trial.refused}", at=view.service.at("build"))
    else:
        did = "runs on" if trial.status is None else f"says why it ends ({trial.status})"
        yield view.ok(f"started alone, {text} {did}")


def _steps(dockerfile: Dockerfile, stage: Stage) -> list[Instruction]:
    steps = list(stage.instructions)
    while stage.parent is not None:
        stage = dockerfile.stages[stage.parent]
        steps = [*stage.instructions, *steps]
    return steps


def _stale_build(steps: list[Instruction]) -> tuple[Instruction, Instruction] | None:
    """Stub written, stub built, source copied, built again with nothing between that makes the source newer."""
    written = False
    stub: Instruction | None = None
    copied = False
    for step in steps:
        text = shell_text(step) if step.name == "RUN" else ""
        if copied and _FRESH.search(text):
            return None
        if stub and copied and _BUILD.search(text):
            return stub, step
        written = written or bool(_STUB.search("\n".join((text, *step.heredocs))))
        if written and stub is None and _BUILD.search(text):
            stub = step
            if re.search(r"\brm\b[^;&|]*\btarget\b|\bcargo clean\b", text):
                return None
        elif stub and step.name in ("COPY", "ADD") and not any(flag.startswith("--from") for flag in step.flags):
            copied = True
    return None


CHECK = Check(
    id="stub-build-shipped",
    title="the image ships a stub instead of the program",
    severity=Severity.BLOCK,
    items=("P2.2",),
    rules=(
        Rule(Level.FILES, judge, built=(DOCKERFILE,)),
        Rule(Level.IMAGE, judge_image, needs=(IMAGE, START_TRIAL, FORMER_IMAGE), built=(DOCKERFILE,)),
    ),
    remedy="touch the copied source in the RUN that builds it, or use cargo-chef",
    doc=__doc__ or "",
    reference="rust-lang/cargo#7181, #9312",
)
