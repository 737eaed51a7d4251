"""The file that the container starts with cannot be executed.

COPY makes files root's and keeps their mode, and git keeps only whether a file may be executed. A ``chmod`` after
``USER`` is not allowed to change a file of root's: the build stops there, or, where the failure is hidden, the
container ends with exit code 126 and *permission denied* for ever. ``COPY --chmod=0755`` needs neither.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
COPY start /usr/local/bin/start
USER 10001
RUN chmod +x /usr/local/bin/start
ENTRYPOINT ["start"]
```

## Bad
Nothing makes the script executable: as it was written here, it is not.
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
WORKDIR /app
COPY . .
USER 10001
ENTRYPOINT ["./start"]
```
```sh start
#!/bin/sh
exec app
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
COPY --chmod=0755 start /usr/local/bin/start
USER 10001
ENTRYPOINT ["start"]
```
```sh start
#!/bin/sh
exec app
```

## Clean twin
The user owns what it changes; a shell that is handed the script does not ask for its mode.
```yaml compose.yaml
services:
  app:
    build: .
    entrypoint: ["sh", "/app/start"]
```
```dockerfile Dockerfile
FROM debian:bookworm-slim
WORKDIR /app
COPY --chown=10001 work /app/work
COPY start ./
USER 10001
RUN chmod +x work
```
```sh start
#!/bin/sh
exec app
```

## Bad (image)
```json facts.json
{"start-trial": {"service:backend": {"argv": ["/start"], "refused": "exec: \\"/start\\": permission denied"}}}
```

## Good (image)
```json facts.json
{"start-trial": {"service:backend": {"argv": ["/start"], "status": 78, "output": ["DATABASE_URL is missing"]}}}
```

## Clean twin (image)
A program that is started and may not read something says so itself.
```json facts.json
{"start-trial": {"service:backend": {"argv": ["/start"], "status": 1, "output": ["data: permission denied"]}}}
```
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from flawless.checks.images._shared import at, expanded, foreign, is_root, own_dockerfile, shell_text, start
from flawless.checks.images._shell import statements
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.dockerfile import Dockerfile, Instruction
from flawless.model.keys import DOCKERFILE, IMAGE, PROGRAMS, START_TRIAL

_NOT_EXECUTABLE = 126
_DENIED = "permission denied"
_CHANGES = re.compile(r"\bchmod\b|\binstall -")


def judge(view: View) -> Iterator[Finding]:
    """What is copied in to be started is executable, or is made so by a step that may do it."""
    dockerfile = own_dockerfile(view)
    if dockerfile is None:
        yield foreign(view)
        return
    late = list(_late(view, dockerfile))
    locked = next((each.unexecutable for each in view.get(PROGRAMS) if each.service == view.service.name), None)
    for step, path, user in late:
        yield view.fail(f"chmod of {path} as user {user}: the file is root's", at=at(dockerfile, step))
    if locked and not _changed(dockerfile):
        yield view.fail(f"{locked.file} is started, and neither its mode nor a step makes it executable", at=locked)
    elif not late:
        yield view.ok(f"nothing in {dockerfile.path} keeps what is started from being executed")


def judge_image(view: View) -> Iterator[Finding]:
    """The engine could execute the start command of the image."""
    trial = view.get(START_TRIAL)
    text, where = " ".join(trial.argv), view.service.at("build")
    denied = trial.status == _NOT_EXECUTABLE or _DENIED in trial.refused.lower()
    if not trial.argv:
        yield view.skip("it is not built here, or ends by design")
    elif denied and is_root(view.service.user or view.get(IMAGE).user or "root"):
        yield view.unclear(f"{text} was not executed by a root without its rights: {trial.refused}", at=where)
    elif denied:
        yield view.fail(f"{text} cannot be executed: {trial.refused or 'exit code 126'}", at=where)
    elif trial.refused:
        yield view.unclear(f"the engine did not start it: {trial.refused}", at=where)
    else:
        yield view.ok(f"{text} was executed", at=where)


def _changed(dockerfile: Dockerfile) -> bool:
    """Whether any step changes modes."""
    steps = [step for stage in dockerfile.lineage() for step in stage.instructions if step.name != "CMD"]
    return any(_CHANGES.search(f"{' '.join(step.flags)} {shell_text(step)}") for step in steps)


def _late(view: View, dockerfile: Dockerfile) -> Iterator[tuple[Instruction, str, str]]:
    """Each chmod of a file of root's by another user: its step, the path, and the user."""
    user, folder, files = "root", "/", set[str]()
    argv, _, _ = start(view, dockerfile)
    for step in (step for stage in dockerfile.lineage() for step in stage.instructions):
        if step.name == "USER" and step.args:
            user = expanded(step.args[0], dockerfile, {})
        elif step.name == "WORKDIR" and step.args:
            folder = posixpath.join(folder, step.args[0])
        elif step.name in {"COPY", "ADD"} and not any(flag.startswith("--chown") for flag in step.flags):
            files.update(_placed(step, folder, argv))
        elif step.name == "RUN" and (is_root(user) or "$" in user):
            files = set() if "chown" in shell_text(step) else files
        elif step.name == "RUN":
            changed = _chmods(shell_text(step), folder)
            yield from ((step, path, user) for path in changed if any(fnmatchcase(each, path) for each in files))


def _placed(step: Instruction, folder: str, started: tuple[str, ...]) -> Iterator[str]:
    """Where the files of a COPY may stand; of the whole context only what is started."""
    target = posixpath.normpath(posixpath.join(folder, *step.args[-1:]))
    for source in step.args[:-1]:
        yield from (target, posixpath.join(target, posixpath.basename(source)))
        if source in {".", "./"}:
            yield from (posixpath.normpath(posixpath.join(target, word)) for word in started)


def _chmods(text: str, folder: str) -> Iterator[str]:
    for command in (command for part in statements(text) for command in part if command.name == "chmod"):
        if "sudo" in command.words:
            continue
        words = [word.strip("'\"") for word in command.words[command.words.index("chmod") + 1 :]]
        for path in [word for word in words if not word.startswith("-")][1:]:
            yield posixpath.normpath(posixpath.join(folder, path))


CHECK = Check(
    id="start-not-executable",
    title="what the container starts with cannot be executed",
    severity=Severity.BLOCK,
    items=("P2.4",),
    rules=(
        Rule(Level.FILES, judge, needs=(PROGRAMS,), built=(DOCKERFILE,)),
        Rule(Level.IMAGE, judge_image, needs=(IMAGE, START_TRIAL)),
    ),
    remedy="COPY --chmod=0755 FILE ..., or chmod before USER, or `git update-index --chmod=+x FILE`",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/dockerfile/#copy---chown---chmod",
)
