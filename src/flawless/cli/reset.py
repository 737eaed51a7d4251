"""``flawless reset``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._deploying import Seconds
from flawless.cli._options import (
    allow_unknown_option,
    directory_argument,
    format_options,
    ledger_option,
    osv_db_option,
)

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="reset")
@directory_argument
@click.option("--volumes", is_flag=True, help="Delete the stack's own volumes too, after a verified backup.")
@click.option("--confirm", metavar="NAME", default="", help="The stack's name, for --volumes.")
@click.option("--down", is_flag=True, help="Leave the stack down.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--soak", type=Seconds(), help="How long to watch the release afterwards (default: the settings').")
@click.option("--allow-dirty", is_flag=True, help="Build uncommitted changes; the report says so.")
@click.option("--no-cache", is_flag=True, help="Build every layer anew.")
@allow_unknown_option
@osv_db_option
@ledger_option
@format_options
def command(
    directory: Path,
    volumes: bool,
    confirm: str,
    down: bool,
    yes: bool,
    soak: float | None,
    allow_dirty: bool,
    no_cache: bool,
    allow_unknown: tuple[str, ...],
    osv_db: Path | None,
    ledger: Path | None,
    showing: Showing,
) -> int:
    """Stop the stack in DIR and make it anew, it alone; it is built before it is stopped, and its volumes stay."""
    from flawless.app.options import DeployOptions
    from flawless.app.reset import ResetOptions, reset
    from flawless.cli._plan import confirmed_by_hand
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, reported

    terminal = sys.stdin.isatty() and sys.stderr.isatty()
    if not (yes or confirm or terminal):
        raise click.UsageError("there is no terminal to ask on: give --yes")
    ask = confirmed_by_hand if terminal and not yes else None
    build = DeployOptions(soak=soak, allow_dirty=allow_dirty, no_cache=no_cache)
    options = ResetOptions(build, volumes=volumes, confirm=confirm, down=down, ask=ask)
    asked = asked_of(allow_unknown, osv_db, ledger)
    return reported(lambda ports: reset(directory, ports, asked, options, progress()), showing)
