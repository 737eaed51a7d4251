"""Options that several commands share, each with one meaning everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("terminal", "json", "html")


def _known_ids(context: click.Context, parameter: click.Parameter, ids: tuple[str, ...]) -> tuple[str, ...]:
    """The ids as given, once each; a usage error that names the nearest for one that no check has."""
    if not ids:
        return ids
    from flawless.config import nearest
    from flawless.judging.catalogue import catalogue

    for unknown in (name for name in ids if name not in catalogue()):
        guess = nearest(unknown, catalogue())
        hint = f"; did you mean {guess}?" if guess else ""
        raise click.BadParameter(f"no check is called {unknown}{hint}", ctx=context, param=parameter)
    return tuple(dict.fromkeys(ids))


def directory_argument(command: F) -> F:
    """``directory``: Path of the stack's folder, existing, absolute; default the current one."""
    kind = click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
    return click.argument("directory", metavar="[DIR]", type=kind, default=".")(command)


def format_options(command: F) -> F:
    """``shape``: one of FORMATS; ``output``: Path of the file to write instead of the terminal, or None."""
    command = click.option(
        "--format", "shape", type=click.Choice(FORMATS), default="terminal", show_default=True, help="How to show it."
    )(command)
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option("--output", type=kind, metavar="FILE", help="Write to FILE instead of the terminal.")(command)


def allow_unknown_option(command: F) -> F:
    """``allow_unknown``: tuple of check ids whose unknown does not stop the gate."""
    return click.option(
        "--allow-unknown",
        multiple=True,
        metavar="ID",
        callback=_known_ids,
        help="Go on although check ID could not tell; the report says so. May be repeated.",
    )(command)


def osv_db_option(command: F) -> F:
    """``osv_db``: absolute Path of a folder with OSV advisories, or None."""
    kind = click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
    return click.option("--osv-db", type=kind, metavar="DIR", help="Local copy of the OSV advisories.")(command)


def ledger_option(command: F) -> F:
    """``ledger``: Path of the ledger, or None for FLAWLESS_LEDGER or the default."""
    kind = click.Path(dir_okay=False, path_type=Path)
    text = "Where history is kept (default: .flawless/ledger.db)."
    return click.option("--ledger", type=kind, metavar="FILE", help=text)(command)
