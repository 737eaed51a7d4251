"""Options that several commands share, each with one meaning everywhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("terminal", "json", "html", "sarif", "junit", "markdown", "github")


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


def directory_option(command: F) -> F:
    """As ``directory_argument``, for commands whose arguments are services."""
    kind = click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
    text = "The stack's folder (default: the current one)."
    return click.option("--directory", "-C", type=kind, metavar="DIR", default=".", help=text)(command)


def format_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """``showing``: in which of FORMATS, how fully, and to which file the report goes; see ``_output.Showing``."""

    @functools.wraps(command)
    def shown(*, shape: str, everything: bool, output: Path | None, **others: Any) -> Any:
        from flawless.cli._output import Showing

        showing = Showing(shape, output, everything, Path(others.get("directory") or "."))
        return command(showing=showing, **others)

    kind = click.Path(dir_okay=False, path_type=Path)
    for option in (
        click.option("--all", "-v", "everything", is_flag=True, help="Show every finding; the terminal folds some."),
        click.option(
            "--format",
            "shape",
            type=click.Choice(FORMATS),
            default="terminal",
            show_default=True,
            help="How to show it.",
        ),
        click.option("--output", type=kind, metavar="FILE", help="Write to FILE instead of the terminal."),
    ):
        shown = option(shown)
    return shown


def allow_unknown_option(command: F) -> F:
    """``allow_unknown``: tuple of check ids whose unknown does not stop the gate."""
    return click.option(
        "--allow-unknown",
        multiple=True,
        metavar="ID",
        callback=_known_ids,
        help="Go on although check ID could not tell; the report says so. May be repeated.",
    )(command)


def only_option(command: F) -> F:
    """``only``: tuple of the check ids to which the command is limited; empty for all."""
    return click.option(
        "--only", multiple=True, metavar="ID", callback=_known_ids, help="Only what check ID finds. May be repeated."
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
