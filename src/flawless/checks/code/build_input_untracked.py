"""A file that the stack needs is missing, or not in git.

It is there on the machine where it was written, so the build works there and nowhere else: a fresh checkout, and the
clean export that a deploy builds from, lack it. Keys, certificates and passwords are the other way round: they must
be there, and git must not have them. A file that the .dockerignore keeps out is missing to the build as well, and so is
a program's source that Cargo.toml names by a path it has no more. Without a repository git's part is not judged.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY missing.txt /app/
```

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM rust:1.88
COPY . .
RUN cargo build --release --locked
```
```toml Cargo.toml
[[bin]]
name = "app"
path = "src/main_demo.rs"
```
```rust src/main.rs
fn main() {}
```

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY app.py /app/
```
```text .dockerignore
*
!requirements.txt
```
```python app.py
print("hello")
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM python:3.12-slim
COPY app.py /app/
```
```python app.py
print("hello")
```

## Clean twin
```json facts.json
{"inputs": {"service:backend": [
  {"path": "secrets/tls.key", "kind": "bind", "exists": true, "tracked": false, "ignored": true,
   "origin": {"file": "compose.yaml", "line": 9}},
  {"path": ".env", "kind": "env_file", "exists": true, "tracked": false, "ignored": true,
   "origin": {"file": "compose.yaml", "line": 7}}]}}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import INPUTS
from flawless.model.observed_files import InputPath

_KEY_FILE = re.compile(r"\.(key|pem|crt|cer|p12|pfx|jks|keystore)$|(^|/)id_(rsa|ed25519|ecdsa)$", re.IGNORECASE)
_PRIVATE = re.compile(r"(^|/)(secrets?|certs?|certificates|ssl|tls|letsencrypt|keys|passwords?)(/|$)", re.IGNORECASE)
_DATA = re.compile(
    r"(^|/)\.?(data|logs?|backups?|uploads?|media|storage|cache|tmp|run|dumps?)(/|$)|\.(sock|log|db|sqlite3?)$",
    re.IGNORECASE,
)


def judge(view: View) -> Iterator[Finding]:
    """Every input exists; sources are tracked, secrets are not."""
    inputs = view.get(INPUTS)
    faults = [fault for each in inputs if (fault := _fault(view, each))]
    yield from faults
    if not inputs:
        yield view.skip("the service needs no file of the checkout")
    elif not faults:
        judged = "exist" if all(each.tracked is None for each in inputs) else "exist and are tracked as they should be"
        yield view.ok(f"{len(inputs)} inputs {judged}")


def _fault(view: View, each: InputPath) -> Finding | None:
    if not each.exists:
        return view.fail(f"{each.path} ({each.kind}) does not exist", at=each.origin)
    if each.hidden:
        remedy = f"let it in with a line of its own after the others: !{each.path}, relative to the build context"
        return view.fail(f"the .dockerignore keeps {each.path} from the build", at=each.origin, remedy=remedy)
    if each.tracked is None or _outside(each):
        return None
    if _must_be_private(each):
        remedy = f"git rm --cached {each.path}, ignore it, and change the secret: the history keeps it"
        return view.fail(f"{each.path} is tracked by git", at=each.origin, remedy=remedy) if each.tracked else None
    if each.tracked or _may_be_private(each):
        return None
    why = "git ignores it" if each.ignored else "git does not track it"
    return view.fail(f"{each.path} ({each.kind}) is only on this machine: {why}", at=each.origin)


def _outside(each: InputPath) -> bool:
    """A path of the host, such as a socket or a system folder, belongs to no checkout."""
    return each.path.startswith(("/", "../"))


def _must_be_private(each: InputPath) -> bool:
    return each.kind == "secret" or (each.kind == "bind" and bool(_KEY_FILE.search(each.path)))


def _may_be_private(each: InputPath) -> bool:
    """Env files that are ignored on purpose, and folders of keys or data, which may hold a tracked placeholder."""
    if each.kind == "env_file":
        return bool(each.ignored)
    return each.kind == "bind" and bool(_PRIVATE.search(each.path) or _DATA.search(each.path))


CHECK = Check(
    id="build-input-untracked",
    title="an input is missing or only on this machine",
    severity=Severity.BLOCK,
    items=("P1.4",),
    rules=(Rule(Level.FILES, judge, needs=(INPUTS,)),),
    remedy="make the file and `git add` it; take it out of .gitignore where it is listed",
    doc=__doc__ or "",
)
