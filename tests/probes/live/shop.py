"""A running copy of the reference stack, and a bench beside it on which a test puts its own containers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from flawless.model.facts import Fact, Known, Unknown
from flawless.model.settings import Settings
from flawless.model.stack import Stack
from flawless.ports.bundle import Ports, Target
from flawless.ports.engine import NUMBER_LABEL, PROJECT_LABEL, SERVICE_LABEL

KEY_COUNTER = "counter"  # an account of Redis that may do nothing but count keys
BASE = "debian:bookworm-slim"


class Shop(Struct, frozen=True):
    """A running copy of the reference stack."""

    root: Path
    stack: Stack
    settings: Settings
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its Compose project."""
        return self.stack.name

    def compose(self, *words: str, timeout: float = 120) -> str:
        """Run Compose on it; its output."""
        return compose(self.root, self.environment, *words, timeout=timeout)

    def target(self, ports: Ports, settings: Settings | None = None, stack: Stack | None = None) -> Target:
        """What a probe of it gets."""
        return Target(stack or self.stack, settings or self.settings, ports)


def compose(root: Path, environment: Mapping[str, str], *words: str, timeout: float) -> str:
    argv = ("docker", "compose", *words)
    done = subprocess.run(
        argv, cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr[-2000:]}"
    return done.stdout


class Bench(Struct, frozen=True):
    """A project of its own beside the shop: the same services and networks, but only the containers a test makes."""

    shop: Shop
    stack: Stack
    ports: Ports
    made: list[str]

    @property
    def target(self) -> Target:
        """What a probe of the bench gets."""
        return self.shop.target(self.ports, stack=self.stack)

    async def container(self, service: str, *, run: Sequence[str] = (), image: str = BASE, **config: Any) -> str:
        """A container of a service, started when it has something to run; its id."""
        labels = {PROJECT_LABEL: self.stack.name, SERVICE_LABEL: service, NUMBER_LABEL: "1"}
        host = {"NetworkMode": "none", "Memory": 64 * 1024 * 1024}
        words = list(run) or ["true"]
        full = {"Image": image, "Cmd": words, "Entrypoint": [], "Labels": labels, "HostConfig": host, **config}
        ref = await self.ports.engine.create(full)
        self.made.append(ref)
        if run:
            await self.ports.engine.start(ref)
        return ref


def reading(facts: Iterable[Fact], subject: str) -> Any:
    """The known value of a subject; the test fails with the reason when it is unknown."""
    found = {fact.subject: fact.reading for fact in facts}[subject]
    assert isinstance(found, Known), found.reason
    return found.value


def reason(facts: Iterable[Fact], subject: str) -> str:
    """Why a subject's fact is unknown."""
    found = {fact.subject: fact.reading for fact in facts}[subject]
    assert isinstance(found, Unknown), found.value
    return found.reason
