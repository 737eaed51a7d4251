"""``flawless recover``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import allow_unknown_option, directory_argument, format_options, ledger_option

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="recover")
@directory_argument
@allow_unknown_option
@ledger_option
@format_options
def command(directory: Path, allow_unknown: tuple[str, ...], ledger: Path | None, showing: Showing) -> int:
    """Bring the last good release of the stack in DIR back, whatever runs or was cut off; if it runs, say so."""
    from flawless.app.recovering import recover
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, told_or_reported

    asked = asked_of(allow_unknown, ledger=ledger)
    return told_or_reported(lambda ports: recover(directory, ports, asked, progress()), showing)
