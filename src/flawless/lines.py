"""Lines as editors, git and compilers count them. Pure."""

from __future__ import annotations


def lines_of(text: str) -> list[str]:
    r"""The lines of a text, without their ends: ``\n`` or ``\r\n``.

    ``str.splitlines`` ends lines at form feeds and other marks as well, which puts every number behind them wrong.
    """
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    return lines if lines[-1] else lines[:-1]
