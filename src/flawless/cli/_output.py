"""Showing a finished report: in a format, to the terminal or to a file."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import click
from msgspec import Struct

from flawless.model.comparison import Comparison
from flawless.model.report import Report

NARROWEST, WIDEST = 40, 200
_ASCII = str.maketrans(
    {"✔": "+", "✘": "x", "─": "-", "→": ">", "…": "~", "·": "-", "•": "*", "│": "|"}
    | dict(zip("▁▂▃▄▅▆▇█", "_.,:-=+#", strict=True))
)


class Showing(Struct, frozen=True):
    """How a report is shown: one of ``_options.FORMATS``, the file to write (None: standard output), whether in full.

    ``directory`` is the stack's folder as it was named: annotations name files from here.
    """

    shape: str = "terminal"
    output: Path | None = None
    everything: bool = False
    directory: Path = Path()


def show(report: Report, showing: Showing) -> None:
    """Render the report and write it; UsageError when the file cannot be written."""
    write(render(report, showing), showing.output)


def render(report: Report, showing: Showing) -> str:
    """The report as text; colours only on a terminal that wants them."""
    return _RENDERERS[showing.shape](report, showing)


def _terminal(report: Report, showing: Showing) -> str:
    from flawless.report.terminal import to_terminal

    color = showing.output is None and wants_color()
    return to_terminal(report, width(), color=color, everything=showing.everything)


def _json(report: Report, _: Showing) -> str:
    from flawless.report.as_json import to_json

    return to_json(report)


def _html(report: Report, _: Showing) -> str:
    from flawless.report.as_html import to_html

    return to_html(report)


def _sarif(report: Report, showing: Showing) -> str:
    from flawless.app.catalogue import by_id
    from flawless.report.as_sarif import to_sarif

    return to_sarif(report, by_id(), _from_here(showing.directory))


def _junit(report: Report, _: Showing) -> str:
    from flawless.report.as_junit import to_junit

    return to_junit(report)


def _markdown(report: Report, _: Showing) -> str:
    from flawless.report.as_markdown import to_markdown

    return to_markdown(report)


def _github(report: Report, showing: Showing) -> str:
    from flawless.report.as_github import to_github

    return to_github(report, _from_here(showing.directory))


_RENDERERS: dict[str, Callable[[Report, Showing], str]] = {
    "terminal": _terminal,
    "json": _json,
    "html": _html,
    "sarif": _sarif,
    "junit": _junit,
    "markdown": _markdown,
    "github": _github,
}


def _from_here(directory: Path) -> str:
    return Path(os.path.relpath(directory)).as_posix()


def show_comparison(found: Comparison, showing: Showing) -> None:
    """Render a comparison and write it; a usage error for a format that has none."""
    from flawless.report.comparison_page import comparison_json, comparison_markdown, comparison_page

    renderers: dict[str, Callable[[Comparison], str]] = {
        "terminal": lambda each: comparison_page(each, width()),
        "markdown": comparison_markdown,
        "json": comparison_json,
    }
    if showing.shape not in renderers:
        raise click.UsageError(f"a comparison has no format {showing.shape}: give one of {', '.join(renderers)}")
    write(renderers[showing.shape](found), showing.output)


def write(text: str, output: Path | None) -> None:
    """Text to a file, put in place at once, or to standard output in an encoding that it can show."""
    if output is None:
        _wait_for_reader()
        click.echo(readable(text, sys.stdout.encoding or "utf-8"), nl=False)
        return
    from flawless.ports.files import RealFiles

    RealFiles().write(output, text.encode(), 0o644)


def _wait_for_reader() -> None:
    """A pipe that somebody set to non-blocking would take part of a large report and refuse the rest."""
    with contextlib.suppress(OSError, ValueError):
        os.set_blocking(sys.stdout.fileno(), True)


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
