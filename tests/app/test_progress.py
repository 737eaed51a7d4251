"""Progress on standard error: one line each in a file, one line in place on a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from flawless.cli._progress import progress

STAMP = re.compile(r"^ *\d+\.\d s  ", re.MULTILINE)
SAYS = "import sys; from flawless.cli._progress import progress; tell = progress(); [tell(t) for t in sys.argv[1:]]"


def told(capsys: pytest.CaptureFixture[str], *texts: str) -> list[str]:
    tell = progress()
    for text in texts:
        tell(text)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(STAMP.findall(printed.err)) == len(printed.err.splitlines())
    return STAMP.sub("", printed.err).splitlines()


def test_off_a_terminal_each_step_is_one_line_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "building web", "[1/2] build: why") == ["building web", "[1/2] build: why"]


@pytest.mark.parametrize(
    "passing",
    ["soak: 4 of 60 s", "building web: Step 3/9", "web is running, health starting, up to 12 s more"],
)
def test_off_a_terminal_lines_that_only_say_that_it_goes_on_are_left_out(
    capsys: pytest.CaptureFixture[str], passing: str
) -> None:
    assert told(capsys, "before", passing, "after") == ["before", "after"]


def test_off_a_terminal_the_same_line_is_not_said_twice_running(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "a", "a", "soak: 1 of 2 s", "a", "b", "a") == ["a", "b", "a"]


@pytest.mark.parametrize("bad", ["\x1b[2J", "\x07", "\r", "\n", "\x00", "\u202e", "\x9b1m", "\u200b"])
def test_control_characters_are_never_printed(capsys: pytest.CaptureFixture[str], bad: str) -> None:
    (line,) = told(capsys, f"web{bad}said")
    assert all(char.isprintable() for char in line)
    assert line.startswith("web ")


def on_terminal(*texts: str) -> str:
    """What a terminal gets."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        subprocess.run([sys.executable, "-c", SAYS, *texts], stderr=theirs, check=True, timeout=30)
        os.close(theirs)
        shown = b""
        while block := _read(screen.fileno()):
            shown += block
    return shown.decode()


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 10_000)
    except OSError:  # how Linux says that the other end is closed
        return b""


def test_on_a_terminal_a_passing_line_is_overwritten_by_the_next() -> None:
    shown = on_terminal("soak: 1 of 2 s", "soak: 2 of 2 s", "done \x1b[2J\x07" + "x" * 200)
    parts = shown.split("\r\x1b[K")[1:]
    assert [part.partition(" s  ")[2] for part in parts] == [
        "soak: 1 of 2 s",
        "soak: 2 of 2 s",
        "done  [2J " + "x" * 90 + "\r\n",
    ]
