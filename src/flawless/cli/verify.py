"""``flawless verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import (
    allow_unknown_option,
    directory_argument,
    format_options,
    ledger_option,
)

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="verify")
@directory_argument
@allow_unknown_option
@ledger_option
@format_options
def command(
    directory: Path,
    allow_unknown: tuple[str, ...],
    ledger: Path | None,
    showing: Showing,
) -> int:
    """Verify what runs now of the stack in DIR. Reads only."""
    from flawless.app.verify import verify
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, reported

    asked = asked_of(allow_unknown, ledger=ledger)
    return reported(lambda ports: verify(directory, ports, asked, progress()), showing)
