"""Variables that an example env file names and nothing provides."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable
from pathlib import Path

from flawless import dotenv
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import EXAMPLE_ENV
from flawless.model.observed_files import ExampleVariable
from flawless.model.stack import Origin
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._shared import read_if_there

_FILES = (".env.example", ".env.sample", ".env.template", ".env.dist", "example.env", "env.example")
_USED = re.compile(r"\$\{?([A-Za-z_]\w*)")


async def gather(target: Target) -> Iterable[Fact]:
    """The missing names, each with its line in the example."""
    value = await asyncio.to_thread(lambda: _missing(target))
    return [known(EXAMPLE_ENV, STACK, value, (), target.ports.clock.now())]


def _missing(target: Target) -> tuple[ExampleVariable, ...]:
    provided = _provided(target)
    missing: dict[str, ExampleVariable] = {}
    for file in _FILES:
        for name, line in dotenv.names(read_if_there(Path(target.stack.root, file))).items():
            if name not in provided and f"{name}_FILE" not in provided and not name.startswith("COMPOSE_"):
                missing.setdefault(name, ExampleVariable(name, Origin(file, line)))
    return tuple(missing.values())


def _provided(target: Target) -> set[str]:
    """Names that a service gets, that .env or the environment sets, or that the Compose files put in themselves.

    One that they use without a default and that nobody sets is a warning of Compose's own.
    """
    root = Path(target.stack.root)
    found = {variable.name for service in target.stack.services for variable in service.env}
    found |= {argument.name for service in target.stack.services if service.build for argument in service.build.args}
    found |= set(dotenv.names(read_if_there(root / ".env"))) | set(os.environ)
    for file in target.stack.files:
        found |= set(_USED.findall(read_if_there(root / file)))
    return found


PROBE = Probe(keys=(EXAMPLE_ENV,), gather=gather)
