"""Which healthcheck is in force: Compose's own, else the Dockerfile's."""

from __future__ import annotations

from msgspec import Struct

from flawless.checks.images._shared import at, shell_of
from flawless.model.check import View
from flawless.model.keys import DOCKERFILE
from flawless.model.stack import Origin


class HealthTest(Struct, frozen=True):
    """A healthcheck's test: its argv ("" for none), the shell text it runs, if any, and where it is written."""

    argv: tuple[str, ...]
    script: str
    origin: Origin
    disabled: bool = False

    @property
    def text(self) -> str:
        """The test as one line for messages."""
        return self.script or " ".join(self.argv)


def health_test(view: View) -> HealthTest | None:
    """The healthcheck in force; None when neither Compose nor the Dockerfile has one."""
    health = view.service.health
    if health is not None and (health.disabled or health.test[:1] == ("NONE",)):
        return HealthTest((), "", health.origin, disabled=True)
    if health is not None and health.test:
        return _of(health.test, health.origin)
    dockerfile = view.find(DOCKERFILE)
    step = dockerfile.last("HEALTHCHECK") if dockerfile else None
    if dockerfile is None or step is None:
        return None
    if step.args[:1] == ("NONE",):
        return HealthTest((), "", at(dockerfile, step), disabled=True)
    words = step.args[1:] if step.args[:1] == ("CMD",) else step.args
    return _of(("CMD" if step.json_form else "CMD-SHELL", *words), at(dockerfile, step))


def _of(test: tuple[str, ...], origin: Origin) -> HealthTest:
    kind, *words = test
    if kind == "CMD-SHELL":
        return HealthTest((), " ".join(words), origin)
    argv = tuple(words) if kind == "CMD" else test
    return HealthTest(argv, shell_of(argv), origin)
