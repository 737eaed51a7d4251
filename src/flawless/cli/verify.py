"""``flawless verify``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import structs

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
@click.option(
    "--opt-in",
    type=click.Choice(["active"]),
    multiple=True,
    help="Also send a bounded number of requests that count and leave a trace: limits and audit log.",
)
@allow_unknown_option
@ledger_option
@format_options
def command(
    directory: Path,
    opt_in: tuple[str, ...],
    allow_unknown: tuple[str, ...],
    ledger: Path | None,
    showing: Showing,
) -> int:
    """Verify what runs now of the stack in DIR. Reads only, but for --opt-in."""
    from flawless.app.verify import verify
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, reported

    asked = structs.replace(asked_of(allow_unknown, ledger=ledger), active="active" in opt_in)
    return reported(lambda ports: verify(directory, ports, asked, progress()), showing)
