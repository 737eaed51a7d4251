"""``flawless resume``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._deploying import Seconds
from flawless.cli._options import allow_unknown_option, directory_argument, format_options, ledger_option

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="resume")
@directory_argument
@click.option("--soak", type=Seconds(), help="How long to watch the release, e.g. 90s (default: the settings').")
@allow_unknown_option
@ledger_option
@format_options
def command(
    directory: Path, soak: float | None, allow_unknown: tuple[str, ...], ledger: Path | None, showing: Showing
) -> int:
    """Finish the deploy or rollback of the stack in DIR that was cut off; without one, say so."""
    from flawless.app.options import DeployOptions
    from flawless.app.recovering import resume
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, told_or_reported

    asked = asked_of(allow_unknown, ledger=ledger)
    options = DeployOptions(soak=soak)
    return told_or_reported(lambda ports: resume(directory, ports, asked, options, progress()), showing)
