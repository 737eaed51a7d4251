"""A step of an image build can fail without failing the build.

``|| true`` and ``|| echo`` turn an error into a success, and a pipe reports only its last command. The image is built,
tagged and shipped without what the step should have made, and the error shows first in production. Clean-up commands
may fail; so may what stands before a program that refuses empty input, such as tar or sha256sum.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM node:22-alpine
COPY . .
RUN npm run build || echo "build failed"
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM node:22-alpine
COPY . .
RUN npm run build
```

## Clean twin
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
RUN set -eo pipefail; apt-get install -y python3 | tee /tmp/log; rm -rf /var/lib/apt/lists/* || true
```
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from flawless.checks.images._shared import (
    at,
    foreign,
    own_dockerfile,
    pipefail_set,
    pipefail_shell,
    place,
    runs,
    shell_text,
)
from flawless.checks.images._shell import Command, Statement, statements
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.dockerfile import Dockerfile, Stage
from flawless.model.keys import DOCKERFILE

_EXCUSES = frozenset({"true", ":", "echo", "printf"})
_MAY_FAIL = frozenset(
    {"rm", "rmdir", "find", "strip", "getent", "id", "test", "[", "command", "which", "grep", "mkdir"}
    | {"ln", "addgroup", "adduser", "groupadd", "useradd", "deluser", "delgroup", "userdel", "groupdel"}
    | {"usermod", "set", "touch", "echo", "printf", "cat", "true", ":"}
)
# A pipe from these loses nothing: they do not fail, or what reads them refuses empty input.
_SAFE_SOURCES = frozenset({"echo", "printf", "yes", "find", "true", "ls"})
_REFUSE_NOTHING = frozenset(
    {"tar", "bsdtar", "gpg", "gunzip", "bunzip2", "xz", "unxz", "zstd", "unzstd", "sha256sum"}
    | {"sha512sum", "sha1sum", "md5sum", "cpio", "grep", "apt-key"}
)
_CONDITIONS = frozenset({"if", "while", "until", "elif", "!"})


def judge(view: View) -> Iterator[Finding]:
    """No RUN of any stage turns an error into a success."""
    dockerfile = own_dockerfile(view)
    if dockerfile is None:
        yield foreign(view)
        return
    faults = [finding for stage in dockerfile.stages for finding in _faults(view, dockerfile, stage)]
    yield from faults
    if not faults:
        steps = sum(1 for stage in dockerfile.stages for _ in runs(stage))
        yield view.ok(f"each of the {steps} RUN steps of {dockerfile.path} can fail the build")


def _faults(view: View, dockerfile: Dockerfile, stage: Stage) -> Iterator[Finding]:
    for step in runs(stage):
        text = shell_text(step)
        pipefail = pipefail_shell(stage, step) or pipefail_set(text) or (step.json_form and "pipefail" in step.args)
        for statement in statements(text):
            if fault := _excuse(statement) or ("" if pipefail else _pipe(statement)):
                yield view.fail(f"{fault} ({place(dockerfile, step)})", at=at(dockerfile, step))


def _excuse(statement: Statement) -> str:
    for index, command in enumerate(statement):
        excused = [each for each in statement[:index] if each.name not in _MAY_FAIL]
        if command.operator == "||" and _is_excuse(command) and excused:
            return f"`|| {' '.join(command.words[:2])}` hides a failure of `{_short(excused[-1])}`"
    return ""


def _is_excuse(command: Command) -> bool:
    return command.words[0] in _EXCUSES or command.words[:2] == ("exit", "0")


def _pipe(statement: Statement) -> str:
    if statement[0].words[0] in _CONDITIONS:
        return ""
    for source, reader in pairwise(statement):
        if reader.operator not in ("|", "|&") or source.name in _SAFE_SOURCES:
            continue
        if reader.name not in _REFUSE_NOTHING:
            return f"a pipe hides a failure of `{_short(source)}`: there is no pipefail"
    return ""


def _short(command: Command) -> str:
    return " ".join(command.words[:3])


CHECK = Check(
    id="build-failure-masked",
    title="a build step cannot fail",
    severity=Severity.BLOCK,
    items=("P1.4",),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)),),
    remedy='let the step fail: remove `|| ...`; for pipes, SHELL ["/bin/bash", "-o", "pipefail", "-c"] before the RUN',
    doc=__doc__ or "",
    reference="https://docs.docker.com/build/building/best-practices/#using-pipes",
)
