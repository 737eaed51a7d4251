"""``flawless backup``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import directory_option, format_options, ledger_option

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="backup")
@click.argument("names", nargs=-1, metavar="[SERVICE|VOLUME]...")
@directory_option
@click.option("--list", "listing", is_flag=True, help="List the backups that are kept, and take none.")
@click.option(
    "--verify/--no-verify",
    default=None,
    help="Restore every part, or none, into a throwaway container (default: PostgreSQL and Redis, not volumes).",
)
@click.option("--keep", type=click.IntRange(min=1), default=7, show_default=True, help="How many backups stay.")
@ledger_option
@format_options
def command(
    names: tuple[str, ...],
    directory: Path,
    listing: bool,
    verify: bool | None,
    keep: int,
    ledger: Path | None,
    showing: Showing,
) -> int:
    """Copy the data of the stack, of all its services and volumes or of those named; nothing is stopped for it."""
    from flawless.app.backup import BackupOptions, back_up
    from flawless.cli._brief import told_briefly
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of

    if listing:
        return _list(directory, showing)
    options = BackupOptions(names, verify, keep)
    asked = asked_of(ledger=ledger)
    return told_briefly(lambda ports: back_up(directory, ports, asked, options, progress()), showing)


def _list(directory: Path, showing: Showing) -> int:
    import time

    from flawless.app.backup import read_backups
    from flawless.cli._output import width, write
    from flawless.report.backups_page import backups_json, backups_page

    found = read_backups(directory)
    text = backups_json(found) if showing.shape == "json" else backups_page(found, time.time(), width())
    write(text, showing.output)
    return 0
