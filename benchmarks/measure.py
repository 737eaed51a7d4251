"""Running commands and what they cost."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct

TAIL = 40  # lines of a command that failed
LIMIT = 300.0


class Command(Struct, frozen=True):
    """A command to measure. ``codes`` are the exit codes that mean that it did its work."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    codes: frozenset[int] = frozenset({0})


class Sample(Struct, frozen=True):
    """One run: wall seconds, processor seconds with those of its children, and the largest process in MiB."""

    seconds: float
    cpu: float
    peak: float


class Cost(Struct, frozen=True):
    """The medians of several runs."""

    seconds: float
    cpu: float
    peak: float
    runs: int


def once(command: Command) -> Sample:
    """Run the command cold; RuntimeError when it ends otherwise than it should, or runs longer than five minutes.

    The kernel counts what the parent held at the fork as the child's, so this program must stay the smaller one.
    """
    start = time.monotonic()
    with (
        tempfile.TemporaryFile() as out,
        subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=dict(command.env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        stop = threading.Timer(LIMIT, process.kill)
        stop.start()
        try:
            assert process.stderr is not None
            said = process.stderr.read().decode(errors="replace")
            _, status, used = os.wait4(process.pid, 0)
        finally:
            stop.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
        out.seek(0)
        answered = out.read().decode(errors="replace")
    if process.returncode not in command.codes:
        last = "\n".join([*said.strip().splitlines()[-TAIL:], *answered.strip().splitlines()[-TAIL:]])
        raise RuntimeError(f"{' '.join(command.argv)} ended with {process.returncode}:\n{last}")
    return Sample(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def in_turns(commands: Sequence[Command], runs: int) -> list[Cost]:
    """The cost of each command, run in turns so that a busy machine hurts all alike; a first round is not counted."""
    for command in commands:
        once(command)
    rounds = [[once(command) for command in commands] for _ in range(runs)]
    return [cost([each[number] for each in rounds]) for number in range(len(commands))]


def cost(samples: Sequence[Sample]) -> Cost:
    """The medians of the samples."""
    return Cost(
        median(sample.seconds for sample in samples),
        median(sample.cpu for sample in samples),
        median(sample.peak for sample in samples),
        len(samples),
    )
