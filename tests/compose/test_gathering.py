"""Gathering: what a probe cannot tell becomes unknown, and no probe is waited for longer than its time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from flawless.app.gather import gather
from flawless.errors import UsageError
from flawless.model.facts import STACK, Fact, Known, Unknown, known
from flawless.model.keys import DOCKERFILE, GIT, INPUTS
from flawless.model.observed_files import GitState
from flawless.model.settings import Settings
from flawless.ports.bundle import Probe, Target
from flawless.testing.from_files import file_ports
from flawless.testing.samples import stack

STATE = GitState(False, "", (), ())


def target() -> Target:
    return Target(stack(), Settings(), file_ports())


async def good(_: Target) -> Iterable[Fact]:
    return [known(GIT, STACK, STATE)]


async def silent(_: Target) -> Iterable[Fact]:
    return []


async def hanging(_: Target) -> Iterable[Fact]:
    await asyncio.Event().wait()
    return []


async def refusing(_: Target) -> Iterable[Fact]:
    raise UsageError("no such thing", where="a.yaml:1", remedy="do this")


async def crashing(_: Target) -> Iterable[Fact]:
    raise ZeroDivisionError("division of SECRET-VALUE")


async def test_a_known_reading_is_kept() -> None:
    facts = await gather(target(), [GIT], [Probe((GIT,), good)])
    assert facts.get(GIT, STACK) == Known(STATE)


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (silent, "said nothing"),
        (hanging, "longer than 0 s"),
        (refusing, "no such thing (a.yaml:1)"),
        (crashing, "crashed: ZeroDivisionError: division of •••"),
    ],
)
async def test_what_a_probe_cannot_tell_is_unknown_for_every_subject(look: object, words: str) -> None:
    world = target()
    world.ports.masker.learn(["SECRET-VALUE"])
    facts = await gather(world, [INPUTS, GIT], [Probe((INPUTS,), look, 0.01), Probe((GIT,), good)])  # type: ignore[arg-type]
    found = facts.of(INPUTS)
    assert len(found) == len(stack().services)
    assert all(isinstance(each, Unknown) and words in each.reason for each in found.values())
    assert isinstance(facts.get(GIT, STACK), Known)


async def test_a_remedy_is_passed_on() -> None:
    reading = (await gather(target(), [GIT], [Probe((GIT,), refusing)])).get(GIT, STACK)
    assert isinstance(reading, Unknown)
    assert reading.remedy == "do this"


async def test_a_key_that_no_probe_fills_is_unknown_and_one_not_asked_for_is_absent() -> None:
    facts = await gather(target(), [DOCKERFILE], [Probe((GIT,), good)])
    assert facts.get(GIT, STACK) is None
    assert {each.reason for each in facts.of(DOCKERFILE).values() if isinstance(each, Unknown)} == {
        "no probe tells this"
    }


async def test_cancelling_ends_every_probe() -> None:
    ended: list[str] = []

    async def noted(_: Target) -> Iterable[Fact]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")
        return []

    task = asyncio.create_task(gather(target(), [GIT], [Probe((GIT,), noted), Probe((GIT,), hanging)]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["ended"]


def test_reading_files_loads_no_library_of_the_live_system(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from flawless.model import keys
from flawless.testing.from_files import observe_files
wanted = [keys.DOCKERFILE, keys.DOCKERIGNORE, keys.INPUTS, keys.PROXY_CONFIG, keys.MANIFESTS, keys.GIT]
observe_files(Path(sys.argv[1]), {"compose.yaml": "services: {a: {image: x}}"}, wanted)
heavy = {"aiodocker", "aiohttp", "httpx2", "asyncpg", "redis", "cryptography", "jinja2", "rich", "packaging"}
print(",".join(sorted(heavy & set(sys.modules))))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""
