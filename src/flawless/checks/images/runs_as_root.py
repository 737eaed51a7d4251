"""A container's program runs as root.

Root in a container is root on the host as soon as a mount, a kernel fault or a careless option opens a way out. A
program that serves requests needs none of it. Compose's ``user:`` counts first, then the Dockerfile's last USER, then
the image; in the running container the processes themselves decide. Official database images start as root and
drop it by themselves, which only the processes show.

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
ARG UID=10001
USER ${UID}:${UID}
CMD ["python", "-m", "app"]
```

## Clean twin
```yaml compose.yaml
services:
  app:
    build: .
    user: "10001:0"
```
```dockerfile Dockerfile
FROM python:3.12-slim
USER root
```

## Bad (image)
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```json facts.json
{"image": {"service:app": {"user": ""}}}
```

## Good (image)
```yaml compose.yaml
services:
  app:
    image: shop/app:1
```
```json facts.json
{"image": {"service:app": {"user": "app"}}}
```

## Bad (live)
```json facts.json
{"processes": {"service:backend": [{"pid": 41, "uid": 10001}, {"pid": 42, "uid": 0, "command": "worker"}]}}
```

## Good (live)
```json facts.json
{"processes": {"service:backend": [{"pid": 41, "uid": 10001}, {"pid": 42, "uid": 10001}]}}
```

## Clean twin (live)
A job that ended has no process.
```json facts.json
{"processes": {"service:migrate": []}}
```

## Clean twin (image)
Compose names the user, whatever the image says.
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    user: "10001:0"
```
```json facts.json
{"image": {"service:app": {"user": "root"}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.images._shared import (
    DROPPERS,
    DROPS_ROOT,
    NONROOT_IMAGES,
    ROOT_IMAGES,
    at,
    expanded,
    image_name,
    is_root,
    official,
    place,
    root_base,
)
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.dockerfile import Dockerfile
from flawless.model.keys import DOCKERFILE, IMAGE, PROCESSES
from flawless.model.stack import MASK, Origin, Role


def judge_files(view: View) -> Iterator[Finding]:
    """Compose or the Dockerfile names a user that is not root."""
    if view.service.user:
        yield _named(view, view.service.user, view.service.at("user"), "user")
        return
    dockerfile = view.find(DOCKERFILE)
    if dockerfile is None and NONROOT_IMAGES.search(view.service.image):
        yield view.ok(f"{view.service.image} sets a user that is not root", at=view.service.at("image"))
        return
    if dockerfile is None:
        yield view.unclear(
            f"no user is set; whether {view.service.image} drops root by itself cannot be seen in files",
            at=view.service.at("user"),
            remedy="set `user:`, or let a level decide that sees the image or its processes",
        )
        return
    step = dockerfile.last("USER")
    if step is None:
        yield _unset(view, dockerfile)
        return
    arguments = {each.name: each.value for each in view.service.build.args} if view.service.build else {}
    user = expanded(" ".join(step.args), dockerfile, {k: v for k, v in arguments.items() if MASK not in v})
    yield _named(view, user, at(dockerfile, step), "USER")


def _unset(view: View, dockerfile: Dockerfile) -> Finding:
    base, final = root_base(dockerfile), at(dockerfile, dockerfile.final)
    entry = dockerfile.last("ENTRYPOINT")
    if entry and DROPPERS.intersection(" ".join(entry.args).split()):
        return view.unclear(f"the entrypoint drops root by itself ({place(dockerfile, entry)})", at=final)
    if NONROOT_IMAGES.search(base):
        return view.ok(f"{base} sets a user that is not root", at=final)
    if official(base) and image_name(base) in ROOT_IMAGES:
        return view.fail(f"{dockerfile.path} sets no USER, and {base} runs as root", at=final)
    return view.unclear(f"{dockerfile.path} sets no USER: {base} decides", at=final, remedy="set USER")


def _named(view: View, user: str, where: Origin, what: str) -> Finding:
    name = user.partition(":")[0].strip()
    if "$" in name or not name:
        return view.unclear(f"{what} {user} has no value in the files", at=where, remedy="give the ARG a default")
    if is_root(user):
        return view.fail(f"{what} {user} is root", at=where)
    return view.ok(f"{what} {user}, {where}", at=where)


def judge_image(view: View) -> Iterator[Finding]:
    """Compose or the image names a user that is not root."""
    user = view.service.user or view.get(IMAGE).user
    where = view.service.at("user" if view.service.user else "image")
    if not user and view.service.build is None and image_name(view.service.image) in DROPS_ROOT:
        yield view.unclear(f"{view.service.image} starts as root and drops it by itself", at=where)
    elif not user:
        yield view.fail("the image sets no user, so its program is root", at=where)
    else:
        yield _named(view, user, where, "user" if view.service.user else "the image's user")


def judge_live(view: View) -> Iterator[Finding]:
    """No process of the service's containers has uid 0."""
    processes = view.get(PROCESSES)
    where = view.service.at("user")
    if not processes and view.service.role is Role.JOB:
        yield view.skip("a job that ended has no process")
        return
    roots = [each for each in processes if each.uid == 0]
    for each in roots:
        yield view.fail(
            f"{each.container}: {each.command or 'a process'} (host pid {each.pid}) runs as uid 0", at=where
        )
    if not processes:
        yield view.unclear("no process runs", at=where)
    elif not roots:
        uids = ", ".join(str(uid) for uid in sorted({each.uid for each in processes}))
        yield view.ok(f"{len(processes)} process{'' if len(processes) == 1 else 'es'} with uid {uids}", at=where)


CHECK = Check(
    id="runs-as-root",
    title="a container runs as root",
    severity=Severity.BLOCK,
    items=("P2.4", "S1.1", "V3.1"),
    rules=(
        Rule(Level.FILES, judge_files, built=(DOCKERFILE,)),
        Rule(Level.IMAGE, judge_image, needs=(IMAGE,)),
        Rule(Level.LIVE, judge_live, needs=(PROCESSES,)),
    ),
    remedy="create a user in the Dockerfile and end with USER 10001:10001, or set `user:` in the Compose file",
    doc=__doc__ or "",
    reference="CIS Docker Benchmark 1.6: 4.1; OWASP Docker Security Cheat Sheet: rule 2",
)
