"""A stack with one program and its job, what it reads, and what it is given."""

from __future__ import annotations

from typing import Any

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import SOURCES
from flawless.model.observed_files import NameRead, Source, Untold
from flawless.model.stack import Origin, Role, Stack
from flawless.testing import samples

AT = Origin("app/main.py", 7)


def reads(name: str, **more: bool) -> NameRead:
    """A variable that the program reads."""
    return NameRead(name, AT, **more)


def untold(prefix: str = "", file: str = "app/main.py") -> Untold:
    """A place that puts names together."""
    return Untold(prefix, Origin(file, 3))


def program(*variables: NameRead, **more: Any) -> list[Fact]:
    """The source of an image that ``app`` and ``job`` run."""
    fields = {
        "dockerfile": "app/Dockerfile",
        "services": ("app", "job"),
        "base": "python:3.12",
        "languages": ("python",),
    }
    return [known(SOURCES, STACK, (Source(**{**fields, "reads": variables, **more}),))]


def given(*names: str, job: tuple[str, ...] = ()) -> Stack:
    """A stack whose services get the variables of those names."""
    return samples.stack(
        samples.service("app", role=Role.BACKEND, env=tuple(samples.variable(name, "x") for name in names)),
        samples.service("job", role=Role.JOB, env=tuple(samples.variable(name, "x") for name in job)),
    )
