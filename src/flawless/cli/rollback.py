"""``flawless rollback``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import allow_unknown_option, directory_argument, format_options, ledger_option

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="rollback")
@click.option("--to", "release", metavar="RELEASE", default="", help="The release (default: the good one before).")
@click.option(
    "--accept-schema", is_flag=True, help="Return although the schema moved and that release was not seen to run on it."
)
@directory_argument
@allow_unknown_option
@ledger_option
@format_options
def command(
    release: str,
    accept_schema: bool,
    directory: Path,
    allow_unknown: tuple[str, ...],
    ledger: Path | None,
    showing: Showing,
) -> int:
    """Return to an older good release of the stack in DIR, with no registry and no build."""
    from flawless.app.rollback import rollback
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, reported

    asked = asked_of(allow_unknown, ledger=ledger)
    return reported(
        lambda ports: rollback(directory, ports, asked, release, progress(), accept_schema=accept_schema), showing
    )
