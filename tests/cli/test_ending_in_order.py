"""A cancelled job or a lost terminal ends the work in order, and says 130."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

WORK = """
import asyncio, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
from flawless.cli import door, _run
from flawless.cli._progress import progress

async def work(ports):
    try:
        print("working", flush=True)
        await asyncio.sleep(60)
    finally:
        progress()("cleaning up")
        print("in order", flush=True)

door._called = lambda argv: _run.with_ports(work)
sys.exit(door.run([]))
"""


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_the_work_in_order(sign: signal.Signals) -> None:
    process = subprocess.Popen((sys.executable, "-c", WORK), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    process.send_signal(sign)
    out, err = process.communicate(timeout=30)
    assert out == "in order\n"
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err


def test_a_terminal_that_is_gone_keeps_nothing_from_being_cleaned_up() -> None:
    process = subprocess.Popen((sys.executable, "-c", WORK), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "working\n"
    process.stderr.close()
    process.send_signal(signal.SIGHUP)
    assert process.stdout.read() == "in order\n"
    assert process.wait(timeout=30) == 130
