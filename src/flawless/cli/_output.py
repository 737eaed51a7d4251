"""Showing a finished report: in a format, to the terminal or to a file."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from flawless.model.report import Report

NARROWEST, WIDEST = 40, 200
_ASCII = str.maketrans({"✔": "+", "✘": "x", "─": "-", "→": ">", "…": "~", "·": "-", "•": "*", "│": "|"})


def show(report: Report, shape: str = "terminal", output: Path | None = None) -> None:
    """Render the report and write it; UsageError when the file cannot be written."""
    write(render(report, shape, terminal=output is None), output)


def render(report: Report, shape: str, *, terminal: bool = False) -> str:
    """The report as text in one of ``_options.FORMATS``; colours only on a terminal that wants them."""
    if shape == "json":
        from flawless.report.as_json import to_json

        return to_json(report)
    if shape == "html":
        from flawless.report.as_html import to_html

        return to_html(report)
    from flawless.report.terminal import to_terminal

    return to_terminal(report, width(), color=terminal and wants_color())


def write(text: str, output: Path | None) -> None:
    """Text to a file, put in place at once, or to standard output in an encoding that it can show."""
    if output is None:
        click.echo(readable(text, sys.stdout.encoding or "utf-8"), nl=False)
        return
    from flawless.ports.files import RealFiles

    RealFiles().write(output, text.encode(), 0o644)


def readable(text: str, encoding: str) -> str:
    """The text with signs that the encoding lacks replaced, the report's own by their likes in ASCII."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return text


def width() -> int:
    """The terminal's width in columns, within what the layout is made for."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, NARROWEST), WIDEST)


def wants_color() -> bool:
    """Whether standard output is a terminal that may be coloured (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
