"""The log level is too talkative for production, or is set by nobody.

Debug logs fill the disk, slow the program and carry passwords, tokens and whole requests. Where nobody sets a level,
the default of a library decides, and the next update may change it.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      RUST_LOG: info,app=debug
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      LOG_LEVEL: info
```

## Clean twin
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      RUST_LOG: info,sqlx=warn,hyper=off
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.images._shared import Setting, settings
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import DOCKERFILE
from flawless.model.stack import Role

LEVEL_NAME = re.compile(r"(^|_)LOG_?LEVEL$|^RUST_LOG$|^LOGGING_LEVEL(_ROOT)?$")
_TALKATIVE = frozenset({"debug", "trace", "verbose", "silly", "all", "fine", "finer", "finest", "10", "5"})
_FIT = frozenset({"info", "information", "notice", "warn", "warning", "error", "critical", "fatal", "20", "30", "40"})
_ON = frozenset({"1", "true", "yes", "on", "*"})


def judge(view: View) -> Iterator[Finding]:
    """Every log level is set and between info and error; a backend has one."""
    env = settings(view)
    levels = {name: setting for name, setting in env.items() if LEVEL_NAME.search(name)}
    for name, setting in levels.items():
        yield _answer(view, name, setting)
    debug = env.get("DEBUG")
    if debug and debug.value.strip().lower() in _ON:
        yield view.fail(f"DEBUG={debug.value} switches debugging on", at=debug.origin)
    elif not levels and view.service.role is Role.BACKEND:
        yield view.fail("neither LOG_LEVEL nor RUST_LOG is set", at=view.service.at("environment"), absent=True)
    elif not levels:
        yield view.skip("the service sets no log level")


def _answer(view: View, name: str, setting: Setting) -> Finding:
    levels = [_level(part, name) for part in setting.value.split(",") if part.strip()]
    loud = next((level for level in levels if level in _TALKATIVE), "")
    if loud:
        return view.fail(f"{name}={setting.value} logs at {loud}", at=setting.origin)
    if not levels:
        return view.fail(f"{name} is empty", at=setting.origin)
    # In RUST_LOG, "off" for one target is fine; as the only level it would hide every error.
    if "off" in levels and not _FIT.intersection(levels):
        return view.fail(f"{name}={setting.value} logs nothing at all", at=setting.origin)
    if not all(level in _FIT or level == "off" for level in levels):
        return view.unclear(f"{name}={setting.value} is no log level that is known", at=setting.origin)
    return view.ok(f"{name}={setting.value}", at=setting.origin)


def _level(part: str, name: str) -> str:
    """The level of one directive; in RUST_LOG a target without a level means all of it."""
    _, equals, level = part.strip().lower().rpartition("=")
    if equals or name != "RUST_LOG" or level in _FIT | _TALKATIVE | {"off"}:
        return level
    return "trace"


CHECK = Check(
    id="log-level-unfit",
    title="the log level does not fit production",
    severity=Severity.WARN,
    items=("P3.4",),
    rules=(Rule(Level.FILES, judge, built=(DOCKERFILE,)),),
    remedy="set LOG_LEVEL (RUST_LOG for Rust) to info or warn; use `flawless debug SERVICE` for a look at more",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 13.4.2",
)
