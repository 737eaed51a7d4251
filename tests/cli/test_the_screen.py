"""The keys of top, and a terminal that is as it was however the program ends."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.cli._keys import keys, pressed
from flawless.cli._screen import painted
from flawless.model.board import View

IDS = ("a", "b", "c")


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b"\x1b[A", ["up"]),
        (b"\x1bOB", ["down"]),
        (b"kjq", ["up", "down", "q"]),
        (b"\x1b[5~", [""]),
        (b"\x1b", ["\x1b"]),
        (b"c\x1b[Bm", ["c", "down", "m"]),
        (b"\x03", ["q"]),
    ],
)
def test_what_a_terminal_sends_becomes_keys(raw: bytes, names: list[str]) -> None:
    assert list(keys(raw)) == names


@given(st.binary(max_size=64))
def test_whatever_is_typed_is_read(raw: bytes) -> None:
    first = View(selected="b")
    view: View | None = first
    for key in keys(raw):
        view = pressed(view or first, key, IDS)
        assert view is None or view.selected in IDS


@pytest.mark.parametrize(
    ("view", "key", "after"),
    [
        (View(), "down", View(selected="b")),
        (View(selected="c"), "down", View(selected="c")),
        (View(selected="a"), "up", View(selected="a")),
        (View(selected="gone"), "down", View(selected="b")),
        (View(), "c", View(order="cpu")),
        (View(), "m", View(order="memory")),
        (View(order="cpu"), "n", View()),
        (View(), "p", View(paused=True)),
        (View(paused=True), "p", View()),
        (View(), "x", View()),
        (View(), "", View()),
        (View(), "q", None),
    ],
)
def test_what_a_key_does(view: View, key: str, after: View | None) -> None:
    assert pressed(view, key, IDS) == after


def test_without_a_container_there_is_nothing_to_select() -> None:
    assert pressed(View(), "down", ()) == View()


def test_a_frame_is_painted_over_the_old_one() -> None:
    assert painted("ab\ncd") == "\x1b[H\x1b[Kab\r\n\x1b[Kcd"


PROGRAM = """
import asyncio
import sys
from flawless.cli import _group, door
from flawless.cli._run import with_ports
from flawless.cli._screen import whole_screen
import click

@click.command()
def drawing():
    async def work(ports):
        typed = asyncio.Queue()
        with whole_screen(typed.put_nowait, lambda: typed.put_nowait(b"resized")):
            print("READY", end="", flush=True)
            while (key := await typed.get()) != b"q":
                print(f"<{key.decode()}>", end="", flush=True)
                if key == b"!":
                    raise ZeroDivisionError("by hand")
    with_ports(work)

_group.COMMANDS["drawing"] = ("__main__", "Draws.")
command = drawing
sys.exit(door.run(["drawing"]))
"""
# A terminal sends Ctrl-C to the processes that it controls, so it must be made to control this one.
CONTROLLED = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
DEADLINE = 20.0
LEFT = b"\x1b[?25h\x1b[?1049l"


class Drawing:
    """The program on a terminal of its own."""

    def __init__(self, folder: os.PathLike[str]) -> None:
        self.terminal, self.inner = pty.openpty()
        self.before = termios.tcgetattr(self.inner)
        streams = {"stdin": self.inner, "stdout": self.inner, "stderr": self.inner}
        argv = (sys.executable, "-c", CONTROLLED + PROGRAM)
        self.process = subprocess.Popen(argv, cwd=folder, start_new_session=True, **streams)  # type: ignore[call-overload]
        self.seen = b""

    def wait_for(self, text: bytes) -> None:
        end = time.monotonic() + DEADLINE
        while text not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], max(0.0, end - time.monotonic()))
            assert ready, self.seen
            self.seen += os.read(self.terminal, 4096)

    def end(self) -> int:
        self.wait_for(LEFT)
        code: int = self.process.wait(DEADLINE)
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)
        os.close(self.inner)


@pytest.fixture
def drawing(tmp_path: os.PathLike[str]) -> Iterator[Drawing]:
    found = Drawing(tmp_path)
    try:
        found.wait_for(b"READY")
        yield found
    finally:
        found.close()


def test_while_it_draws_keys_come_at_once_and_without_echo(drawing: Drawing) -> None:
    local = termios.tcgetattr(drawing.inner)[3]
    assert not local & (termios.ECHO | termios.ICANON)
    drawing.process.send_signal(signal.SIGWINCH)
    drawing.wait_for(b"<resized>")
    os.write(drawing.terminal, b"x")
    drawing.wait_for(b"<x>")


@pytest.mark.parametrize(
    ("end", "code"),
    [(b"q", 0), (b"!", 70), (b"\x03", 130), (signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130)],
    ids=["key", "exception", "ctrl-c", "sigint", "sigterm", "sighup"],
)
def test_the_terminal_is_as_it_was_however_it_ends(drawing: Drawing, end: bytes | signal.Signals, code: int) -> None:
    if isinstance(end, bytes):
        os.write(drawing.terminal, end)
    else:
        drawing.process.send_signal(end)
    assert drawing.end() == code
    assert termios.tcgetattr(drawing.inner) == drawing.before


def test_without_a_terminal_it_says_what_to_do() -> None:
    done = subprocess.run(
        (sys.executable, "-c", PROGRAM), capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert done.returncode == 2
    assert "flawless top --once" in done.stderr
