"""A crash will leave no trace.

A Rust program that panics names one line and not who called it, unless RUST_BACKTRACE is set; a Python process that is
killed by a fault in compiled code prints nothing, unless PYTHONFAULTHANDLER is set. It costs nothing until it is
needed. Only services are judged of which the files tell the language.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
CMD ["python", "-m", "app"]
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PYTHONFAULTHANDLER=1
CMD ["python", "-m", "app"]
```

## Clean twin
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM node:22-alpine
CMD ["node", "server.js"]
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.images._shared import Setting, image_name, settings, shell_text, start
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.dockerfile import Dockerfile
from flawless.model.keys import DOCKERFILE

_PYTHON = re.compile(r"(^|[/\s])(python[\d.]*|uvicorn|gunicorn|celery|flask|hypercorn|daphne)(\s|$)")
_SWITCHES = {"Rust": ("RUST_BACKTRACE", "RUST_LIB_BACKTRACE"), "Python": ("PYTHONFAULTHANDLER", "PYTHONDEVMODE")}


def judge(view: View) -> Iterator[Finding]:
    """A Rust or Python service has its language's switch on."""
    dockerfile = view.find(DOCKERFILE)
    env = settings(view)
    argv, script, where = start(view, dockerfile)
    command = script or " ".join(argv)
    language = _language(dockerfile, env, command)
    if not language:
        yield view.skip("the files do not tell a language that has such a switch")
        return
    name, *others = _SWITCHES[language]
    on = next((each for each in (name, *others) if each in env and env[each].value not in ("", "0")), "")
    if on:
        yield view.ok(f"{on}={env[on].value}, {env[on].origin}", at=env[on].origin)
    elif "-X faulthandler" in command:
        yield view.ok(f"-X faulthandler, {where}", at=where)
    else:
        place = env[name].origin if name in env else view.service.at("environment")
        yield view.fail(f"{name} is not set for a {language} program", at=place, remedy=f"set {name}=1", absent=True)


def _language(dockerfile: Dockerfile | None, env: dict[str, Setting], command: str) -> str:
    """The command tells most, then the environment, then what the image is made from."""
    if _PYTHON.search(command) or any(name.startswith("PYTHON") for name in env):
        return "Python"
    if "RUST_LOG" in env or "RUST_BACKTRACE" in env:
        return "Rust"
    if dockerfile is None:
        return ""
    shipped = image_name(dockerfile.lineage()[0].base)
    if shipped == "python":
        return "Python"
    cargo = any(
        step.name == "RUN" and re.search(r"\bcargo (build|install)\b", shell_text(step))
        for stage in dockerfile.stages
        for step in stage.instructions
    )
    return "Rust" if cargo and shipped not in ("node", "nginx", "ruby", "php") else ""


CHECK = Check(
    id="backtrace-disabled",
    title="a crash will leave no trace",
    severity=Severity.INFO,
    items=("P3.5",),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)),),
    remedy="set RUST_BACKTRACE=1 (Rust) or PYTHONFAULTHANDLER=1 (Python) in the image or the Compose file",
    doc=__doc__ or "",
    reference="https://docs.python.org/3/library/faulthandler.html",
)
