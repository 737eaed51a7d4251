"""``flawless restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import allow_unknown_option, directory_option, format_options, ledger_option

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="restore")
@click.argument("backup")
@directory_option
@click.option("--confirm", metavar="NAME", default="", help="The stack's name: its data is replaced.")
@allow_unknown_option
@ledger_option
@format_options
def command(
    backup: str,
    directory: Path,
    confirm: str,
    allow_unknown: tuple[str, ...],
    ledger: Path | None,
    showing: Showing,
) -> int:
    """Put the data of BACKUP in the place of what is there, which is kept as a backup first, and verify the stack."""
    from flawless.app.restore import restore
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, reported

    asked = asked_of(allow_unknown, ledger=ledger)
    return reported(lambda ports: restore(directory, ports, asked, backup, progress(), confirm=confirm), showing)
