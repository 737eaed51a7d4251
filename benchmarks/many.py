"""Many different stacks in one process: the use-case of ``flawless check`` in a loop, beside Compose alone.

``python -m benchmarks.many check|compose FOLDER OSV`` handles every stack in FOLDER: that is what is measured.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.measure import Command, in_turns
from benchmarks.place import NO_LINTERS, Place
from benchmarks.table import Row
from benchmarks.templates import write
from flawless.app.check import check
from flawless.app.ports import make_ports
from flawless.app.session import Asked
from flawless.compose.command import compose_argv
from flawless.model.settings import StackSettings
from flawless.ports.shell import RealShell

STACKS, RUNS = 150, 3
TARGET = 4.0
AT_ONCE = 2 * (os.cpu_count() or 1)
_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false")


def measure(place: Place) -> Iterator[Row]:
    """Checks of 150 stacks in one process, beside ``docker compose config`` of the same, as many at once."""
    folder = place.folder / "many"
    _make(folder)
    environment = {name: value for name, value in place.site.environment.items() if name != "COMPOSE_PROJECT_NAME"}
    argv = (sys.executable, "-m", "benchmarks.many")
    compose, ours = (
        Command((*argv, what, str(folder), str(place.osv)), Path.cwd(), environment) for what in ("compose", "check")
    )
    alone, checked = in_turns((compose, ours), RUNS)
    peer = f"docker compose config, {STACKS} times"
    yield Row(
        section="many",
        what=f"{STACKS} stacks in one process",
        measured=checked.seconds,
        beside=alone.seconds,
        peer=peer,
        target=TARGET,
        rule="fixed",
        runs=RUNS,
        cpu=checked.cpu,
    )
    own = checked.seconds - alone.seconds
    yield Row(section="many", what="  without what Compose takes", measured=own, target=TARGET, rule="fixed", runs=RUNS)
    yield Row(
        section="many", what="  peak memory", measured=checked.peak, unit="MiB", target=120, rule="fixed", runs=RUNS
    )


def _make(folder: Path) -> None:
    """The stacks side by side in one repository, all of it committed."""
    for number in range(STACKS):
        stack = folder / f"stack-{number:03}"
        write(stack, number)
        (stack / "flawless.toml").write_text(NO_LINTERS)
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "one")):
        subprocess.run((*_GIT, *words), cwd=folder, check=True, timeout=60)


async def _each(stacks: Iterable[Path], work: Callable[[Path], Awaitable[None]]) -> None:
    """Do the work for each stack, some at once."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(stack: Path) -> None:
        async with free:
            await work(stack)

    async with asyncio.TaskGroup() as group:
        for stack in stacks:
            group.create_task(one(stack))


async def _checked(stacks: Iterable[Path], osv: str) -> None:
    async def work(stack: Path) -> None:
        report = await check(stack, make_ports(), Asked(osv_db=osv), lambda _: None)
        assert report.verdicts, f"nothing was judged of {stack}"

    await _each(stacks, work)


async def _resolved(stacks: Iterable[Path], _: str) -> None:
    shell = RealShell()

    async def work(stack: Path) -> None:
        argv = compose_argv(stack, StackSettings(), "config", "--format", "json")
        result = await shell.run(argv, timeout=60.0, cwd=stack)
        assert result.ok, result.stderr

    await _each(stacks, work)


if __name__ == "__main__":
    what, folder, advisories = sys.argv[1:]
    asyncio.run({"check": _checked, "compose": _resolved}[what](sorted(Path(folder).glob("stack-*")), advisories))
