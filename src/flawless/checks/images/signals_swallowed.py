"""A shell stands between the engine and the program, so that the program never hears SIGTERM.

``CMD python app.py`` is ``/bin/sh -c "python app.py"``: the shell gets the signal and does not pass it on. Every stop
then waits for the whole grace period and ends with SIGKILL (exit 137), and requests in flight are lost. The JSON form
has no shell; where one is needed, ``exec`` as the last command replaces it. dumb-init signals the whole group. A
start script that the build copies in is read as well. A rehearsal asks every container to stop and looks how it ends:
a program that is process 1 and does not handle SIGTERM never gets it, with or without a shell. A request of which half
is sent before and the rest after has to be answered: a program that ends at once breaks off what its users wait for.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
CMD python -m app
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
CMD ["python", "-m", "app"]
```

## Clean twin
```yaml compose.yaml
services:
  app:
    build: .
    command: ["sh", "-c", "python -m app.prepare && exec python -m app"]
```
```dockerfile Dockerfile
FROM python:3.12-slim
CMD python -m app
```

## Bad (rehearsal)
```json facts.json
{"stopping": {"service:backend": {"seconds": 10.2, "status": 137, "grace": 10}}}
```

## Good (rehearsal)
```json facts.json
{"stopping": {"service:backend": {"seconds": 0.4, "status": 0, "grace": 30}}}
```

## Bad (rehearsal)
```json facts.json
{"stopping": {"service:backend": {
  "seconds": 0.1, "status": 143, "grace": 30, "in_flight": {"request": "POST /login", "status": 0}}}}
```

## Good (rehearsal)
```json facts.json
{"stopping": {"service:backend": {
  "seconds": 1.2, "status": 0, "grace": 30, "in_flight": {"request": "POST /login", "status": 401}}}}
```

## Clean twin (rehearsal)
Ended by SIGTERM itself: the program has nothing to finish.
```json facts.json
{"stopping": {"service:backend": {"seconds": 0.1, "status": 143, "grace": 10}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.images._shared import has_init, start
from flawless.checks.images._shell import statements
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DOCKERFILE, PROGRAMS, STOPPING
from flawless.model.observed_files import SourceLine
from flawless.model.stack import Role

KILLED = 137
_EARLY = 0.5  # seconds: the engine counts whole ones


def judge_stop(view: View) -> Iterator[Finding]:
    """Asked to stop, it ended by itself inside its grace period, and answered what was in flight."""
    found, at = view.get(STOPPING), view.service.at("stop_grace_period")
    if found.reason:
        yield view.skip(found.reason)
        return
    said = f"{found.signal} ended it after {found.seconds:.1f} s with exit code {found.status}"
    held = found.in_flight
    if held and not held.status:
        what = f"{held.request} was in flight when {found.signal} came, and got no answer"
        yield view.fail(what, at=at, remedy="on SIGTERM stop listening, answer what was asked, and only then end")
    elif found.status != KILLED:
        answered = f"; {held.request} was in flight and got {held.status}" if held else ""
        yield view.ok(f"{said}; it has {found.grace:g} s{answered}", at=at)
    elif found.seconds < found.grace - _EARLY:
        yield view.unclear(f"it was killed {found.seconds:.1f} s after {found.signal}; it has {found.grace:g} s", at=at)
    else:
        yield view.fail(f"{found.signal} did not end it in {found.grace:g} s, and it was killed (exit code 137)", at=at)


def judge(view: View) -> Iterator[Finding]:
    """What a service starts as is no shell, or a shell that ends with exec."""
    service = view.service
    argv, script, where = start(view, view.find(DOCKERFILE))
    if service.role is Role.JOB:
        yield view.skip("a job ends by itself")
    elif not argv:
        image = f"of {service.image}" if view.find(DOCKERFILE) is None else "of the base image"
        yield view.skip(f"the start command is that {image}")
    elif not script and (found := _start_script(view)) and not _execs(found.text) and not _signals_group(argv):
        yield view.fail(f"{found.origin.file} starts the program as its child: no `exec` in it", at=found.origin)
    elif not script:
        yield view.ok(f"no shell in front: {' '.join(argv[:3])}, {where}", at=where)
    elif _hands_over(script):
        yield view.ok(f"the shell hands over: {script}", at=where)
    elif _signals_group(argv):
        yield view.ok(f"{argv[0]} signals the shell's children too", at=where)
    else:
        yield view.fail(f"a shell keeps the signals from the program: {script}", at=where)


def _start_script(view: View) -> SourceLine | None:
    return next((each.script for each in view.get(PROGRAMS) if each.service == view.service.name), None)


def _execs(text: str) -> bool:
    """Whether a whole script becomes another program somewhere, or handles signals itself."""
    commands = [command for part in statements(text) for command in part]
    return any("exec" in command.words[:3] or command.name == "trap" for command in commands)


def _hands_over(script: str) -> bool:
    parts = statements(script)
    if not parts:
        return False
    if any(command.name == "trap" for part in parts for command in part):
        return True
    return parts[-1][-1].words[0] == "exec"


def _signals_group(argv: tuple[str, ...]) -> bool:
    """dumb-init does by default; tini when it is asked to."""
    program = argv[0].rpartition("/")[2]
    options = argv[1:3]
    return has_init(argv) and (
        (program == "dumb-init" and not {"-c", "--single-child"}.intersection(options))
        or (program.startswith("tini") and "-g" in options)
    )


CHECK = Check(
    id="signals-swallowed",
    title="a shell keeps SIGTERM from the program",
    severity=Severity.BLOCK,
    items=("P2.5", "S1.5", "D1.1"),
    rules=(
        Rule(Level.FILES, judge, needs=(PROGRAMS,), built=(DOCKERFILE,)),
        Rule(Level.REHEARSAL, judge_stop, needs=(STOPPING,)),
    ),
    remedy='write the command as a list, CMD ["program", "argument"], or put `exec` before the last command',
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/dockerfile/#shell-and-exec-form",
)
