"""The whole terminal, for a while: keys without echo, and everything as it was before however that ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flawless.errors import UsageError

# The other screen, no cursor, and no line that goes on in the next one: signs may be wider than they count.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J", "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l"
_MOST = 64
_LOCAL, _INPUT, _SPECIAL = 3, 0, 6


@contextmanager
def whole_screen(typed: Callable[[bytes], None], resized: Callable[[], None]) -> Iterator[None]:
    """Meanwhile the terminal's other screen is shown, and what is typed comes at once; ends as it began.

    UsageError where input or output is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        remedy = "flawless top --once prints one frame"
        raise UsageError("this needs a terminal to draw on and to read keys from", remedy=remedy)
    loop, entry = asyncio.get_running_loop(), sys.stdin.fileno()
    before = termios.tcgetattr(entry)
    try:
        termios.tcsetattr(entry, termios.TCSADRAIN, _plain(before))
        _say(_ENTER)
        loop.add_reader(entry, _read, entry, typed)
        loop.add_signal_handler(signal.SIGWINCH, resized)
        yield
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)
        loop.remove_reader(entry)
        termios.tcsetattr(entry, termios.TCSAFLUSH, before)
        _say(_LEAVE)


def _plain(before: list[Any]) -> list[Any]:
    """As before, but no echo and no waiting for a line; Ctrl-S and Ctrl-Z would leave a picture that stands still."""
    after = list(before)
    after[_LOCAL] &= ~(termios.ECHO | termios.ICANON)
    after[_INPUT] &= ~termios.IXON
    after[_SPECIAL] = [b"\0" if place == termios.VSUSP else value for place, value in enumerate(before[_SPECIAL])]
    return after


def _read(entry: int, typed: Callable[[bytes], None]) -> None:
    raw = b""
    with contextlib.suppress(OSError):
        raw = os.read(entry, _MOST)
    typed(raw or b"q")  # a terminal that is gone types nothing any more


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def painted(frame: str) -> str:
    """The frame as what a terminal is sent: over the old one, line by line, so that nothing flickers.

    A line is cleared before it is written: behind a full one the cursor still stands on its last character.
    """
    return "\x1b[H" + "\r\n".join(f"\x1b[K{line}" for line in frame.split("\n"))


def size() -> tuple[int, int]:
    """Columns and rows of the terminal; 100 x 40 where it does not tell."""
    found = shutil.get_terminal_size((100, 40))
    return found.columns, found.lines
