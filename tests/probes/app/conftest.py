"""One question to a shop on this machine: what the probe sees there, and what its check says of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from flawless.app.gather import gather
from flawless.judging.run import run
from flawless.model.check import Check, Level, Verdict
from flawless.model.facts import Facts
from flawless.model.settings import EdgeSettings, Settings
from flawless.model.settings_app import Account, AppSettings, JwtSettings
from flawless.ports.bundle import Target
from flawless.ports.clock import RealClock
from flawless.ports.realhttp import RealHttp
from flawless.testing import samples
from flawless.testing.fakes import fake_ports
from tests.probes.app import badapp

AskShop = Callable[..., Awaitable[Verdict]]


class Hasty(RealClock):
    """The real time, and nobody waits."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class World:
    """A target that leads to a shop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "key").write_text(badapp.KEY + "\n")
        for name, password in badapp.PASSWORDS.items():
            (folder / name).write_text(password + "\n")

    def target(self, url: str, *, throwaway: bool = True, active: bool = False, **app: Any) -> Target:
        """Where the shop is reached, with two accounts and the signing key; ``app`` replaces settings."""
        accounts = tuple(Account(name, password_file=name) for name in badapp.PASSWORDS)
        said: dict[str, Any] = {
            "accounts": accounts,
            "restricted": ("GET /api/users",),
            "jwt": JwtSettings(key_file="key"),
            "websockets": ("/ws",),
            "origin": badapp.REAL,
        }
        settings = Settings(edge=EdgeSettings(url=url, http_url=url), app=AppSettings(**{**said, **app}))
        stack = structs.replace(samples.stack(), root=str(self.folder), services=())
        ports = structs.replace(fake_ports(clock=Hasty()), http=RealHttp())
        return Target(stack, settings, ports, throwaway=throwaway, active=active)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def facts_of(target: Target, check: Check, level: Level) -> Facts:
    """What the probes tell of all that the check needs there."""
    rule = next(rule for rule in check.rules if rule.level is level)
    return await gather(target, rule.needs)


@pytest.fixture
def ask_shop(world: World) -> AskShop:
    """Start a shop with the faults, look, and judge; the level is the throwaway copy's unless another is given."""

    async def question(
        check: Check, *faults: str, level: Level = Level.REHEARSAL, documented: bool = True, **target: Any
    ) -> Verdict:
        with badapp.serving(*faults, documented=documented) as (url, _):
            at = world.target(url, **target)
            facts = await facts_of(at, check, level)
        rule = next(rule for rule in check.rules if rule.level is level)
        (verdict,) = run([(check, rule)], at.stack, facts)
        return verdict

    return question


def failed(verdict: Verdict) -> list[str]:
    """What the findings that fail say, with their subjects."""
    return told(verdict, "fail")


def told(verdict: Verdict, *outcomes: str) -> list[str]:
    """What findings of some outcomes say, with their subjects."""
    found: Iterable[str] = (f"{each.subject} {each.message}" for each in verdict.findings if each.outcome in outcomes)
    return list(found)
