"""A variable that the stack needs is set by nobody.

Compose puts a blank string in the place of a variable it does not know and only warns; the program then starts with an
empty password or address. What the example file names is what somebody found necessary.

## Bad
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      APP_ADDRESS: ${APP_ADDRESS_THAT_NOBODY_SETS}
```

## Good
```yaml compose.yaml
services:
  app:
    image: shop/app:1
    environment:
      APP_ADDRESS: ${APP_ADDRESS_WITH_DEFAULT:-https://shop.example}
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import EXAMPLE_ENV

_UNSET = re.compile(r"[\"'`](\w+)[\"'`]? variable is not set")


def judge(view: View) -> Iterator[Finding]:
    """Compose found every variable, and everything that an example file names is provided."""
    unset = {found[1]: each.origin for each in view.stack.problems if (found := _UNSET.search(_plain(each.message)))}
    for name, where in unset.items():
        yield view.fail(f"{name} is not set: Compose puts an empty string there", at=where, subject=f"variable:{name}")
    named = [each for each in view.get(EXAMPLE_ENV) if each.name not in unset]
    for each in named:
        yield view.fail(
            f"{each.name} is in {each.origin.file} and nothing provides it",
            at=each.origin,
            subject=f"variable:{each.name}",
        )
    if not unset and not named:
        yield view.ok("every variable that the files name has a value")


def _plain(message: str) -> str:
    """The message without the backslashes of Compose's own log format."""
    return message.replace("\\", "")


CHECK = Check(
    id="env-required-missing",
    title="a required variable is missing",
    severity=Severity.BLOCK,
    items=("P1.6", "P3.6"),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(EXAMPLE_ENV,)),),
    remedy="set it in .env or the environment; for one that may stay empty write ${NAME:-}; ${NAME:?} refuses to start",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/compose-file/interpolation/",
)
