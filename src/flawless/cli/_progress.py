"""Progress on standard error: what is done now, for how long; the report itself goes to standard output."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable

import click

_BACK = "\r\x1b[K"


def progress() -> Callable[[str], None]:
    """A function that shows one line: overwritten in place on a terminal, once each elsewhere."""
    start = time.monotonic()
    on_terminal = sys.stderr.isatty()
    shown: list[str] = []

    def tell(text: str) -> None:
        with contextlib.suppress(OSError):  # a terminal that is gone must not keep the last good release away
            say(text)

    def say(text: str) -> None:
        lasting = not _passing(text)
        if on_terminal:
            line = f"{_BACK}{time.monotonic() - start:6.1f} s  {_clean(text)[:100]}"
            click.echo(line, err=True, nl=lasting)
        elif lasting and (not shown or shown[-1] != text):
            shown[:] = [text]
            click.echo(f"{time.monotonic() - start:6.1f} s  {_clean(text)}", err=True)

    return tell


def _passing(text: str) -> bool:
    """Whether a line only says that something still goes on."""
    return (text.startswith(("soak:", "building ")) and ":" in text) or " more" in text[-6:]


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
