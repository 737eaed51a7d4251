"""Real commands: how they end, what they say, and that nothing of them is left after their time."""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flawless.ports.mask import Masker
from flawless.ports.shell import NOT_FOUND, TIMED_OUT, CommandResult, RealShell

LONG = 30.0
# A child that says on the pipe that it lives, holds the pipe while it does, and does not listen to a polite request.
DEAF_CHILD = "(trap '' TERM; exec 9>{pipe}; echo alive >&9; exec sleep 20) >/dev/null 2>&1 & wait"


async def sh(script: str, *, timeout: float = LONG, env: dict[str, str] | None = None) -> CommandResult:
    return await RealShell().run(["bash", "-c", script], timeout=timeout, env=env)


async def test_status_and_both_streams_come_back_apart() -> None:
    found = await sh("echo out; echo err >&2; exit 3")
    assert (found.status, found.ok, found.stdout, found.stderr) == (3, False, "out\n", "err\n")
    assert found.argv[0] == "bash"
    assert abs(found.at - time.time()) < LONG
    assert 0 < found.seconds < LONG


async def test_a_command_that_ends_with_0_is_ok() -> None:
    assert (await sh("true")).ok


async def test_one_that_only_reads_ends_and_is_cut_off_like_any_other() -> None:
    shell = RealShell()
    assert (await shell.run(["sh", "-c", "echo out; exit 3"], timeout=LONG, reads=True)).stdout == "out\n"
    assert (await shell.run(["no-such-program"], timeout=LONG, reads=True)).status == NOT_FOUND
    assert (await shell.run(["sleep", "30"], timeout=0.2, reads=True)).status == TIMED_OUT


async def test_a_program_that_is_missing_has_status_127_and_its_name() -> None:
    found = await RealShell().run(["no-such-program-here", "x"], timeout=LONG)
    assert (found.status, found.stdout) == (NOT_FOUND, "")
    assert found.stderr == "no-such-program-here: No such file or directory"


async def test_a_file_that_may_not_be_run_is_like_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("no program")
    found = await RealShell().run([str(tmp_path / "notes")], timeout=LONG)
    assert found.status == NOT_FOUND
    assert "Permission denied" in found.stderr


async def test_its_environment_is_ours_with_the_given_laid_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "ours")
    monkeypatch.setenv("REPLACED", "ours")
    found = await sh('echo "$KEPT $REPLACED $NEW"', env={"REPLACED": "theirs", "NEW": "new"})
    assert found.stdout == "ours theirs new\n"


async def test_it_runs_in_the_folder_that_is_given(tmp_path: Path) -> None:
    found = await RealShell().run(["pwd"], timeout=LONG, cwd=tmp_path)
    assert Path(found.stdout.strip()).name == tmp_path.name


async def test_it_never_waits_for_input() -> None:
    assert (await sh("cat; echo done")).stdout == "done\n"


async def test_each_line_of_either_stream_is_told_as_it_comes() -> None:
    lines: list[str] = []
    argv = ["bash", "-c", "echo one; echo two >&2; printf last"]
    found = await RealShell().run(argv, timeout=LONG, on_line=lines.append)
    assert sorted(lines) == ["last", "one", "two"]
    assert found.stdout == "one\nlast"


async def test_a_line_longer_than_a_megabyte_comes_whole() -> None:
    size = 3_000_000
    code = f"print('x' * {size}); print('next')"
    lines: list[str] = []
    found = await RealShell().run([sys.executable, "-c", code], timeout=LONG, on_line=lines.append)
    assert found.stdout == "x" * size + "\nnext\n"
    assert lines[-1] == "next"
    assert sum(map(len, lines)) == size + len("next")


async def test_bytes_that_are_no_text_are_replaced() -> None:
    assert (await sh(r"printf '\xff!'")).stdout == "\ufffd!"


async def test_evidence_of_a_run_is_masked() -> None:
    found = (await sh("echo hunter22; exit 1")).evidence(Masker(["hunter22"]))
    assert "hunter22" not in found.what + found.extract
    assert found.status == "1"


async def test_what_does_not_end_in_time_has_status_124_and_says_so() -> None:
    start = time.monotonic()
    found = await sh("sleep 60", timeout=1.0)
    assert (found.status, found.stderr) == (TIMED_OUT, "bash did not finish within 1 s")
    assert time.monotonic() - start < 5


class Child:
    """The deaf child as seen from the other end of its pipe."""

    def __init__(self, folder: Path) -> None:
        self.script = DEAF_CHILD.format(pipe=folder / "pipe")
        os.mkfifo(folder / "pipe")
        self._end = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._end, select.POLLIN)

    async def began(self) -> bool:
        """Whether it said within twenty seconds that it lives."""
        await asyncio.to_thread(self._poll.poll, 20_000)
        return os.read(self._end, 100) == b"alive\n"

    async def ended(self) -> bool:
        """Whether within twenty seconds nobody holds the pipe any more."""
        return [event for _, event in await asyncio.to_thread(self._poll.poll, 20_000)] == [select.POLLHUP]


async def test_after_its_time_no_child_of_it_lives_even_one_that_ignores_sigterm(tmp_path: Path) -> None:
    child = Child(tmp_path)
    found = await sh(child.script, timeout=1.0)
    assert found.status == TIMED_OUT
    assert await child.began(), "the child never ran, so this would prove nothing"
    assert await child.ended()


async def test_when_the_caller_is_cancelled_its_command_ends_too(tmp_path: Path) -> None:
    child = Child(tmp_path)
    running = asyncio.create_task(sh(child.script))
    assert await child.began()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await child.ended()


PARENT = """
import asyncio
from flawless.ports.shell import RealShell
asyncio.run(RealShell().run(["sh", "-c", "echo $$ > pid; exec sleep 60"], timeout=60))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_a_command_dies_with_us_even_of_a_kill_9(tmp_path: Path) -> None:
    parent = subprocess.Popen((sys.executable, "-c", PARENT), cwd=tmp_path)
    written = tmp_path / "pid"
    wait_until(lambda: written.is_file() and written.read_text().strip() != "")
    parent.kill()
    parent.wait(timeout=10)
    child = Path("/proc") / written.read_text().strip() / "cmdline"
    wait_until(lambda: not child.exists() or b"sleep" not in child.read_bytes())


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


async def test_a_start_that_is_cut_off_is_ended_and_not_waited_for_without_end() -> None:
    for pauses in range(12):
        running = asyncio.ensure_future(RealShell().run(["sleep", "30"], timeout=60))
        for _ in range(pauses):
            await asyncio.sleep(0)
        running.cancel()
        async with asyncio.timeout(20):
            with pytest.raises(asyncio.CancelledError):
                await running
