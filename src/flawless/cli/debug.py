"""``flawless debug``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._deploying import Seconds
from flawless.cli._options import directory_option, format_options, ledger_option

if TYPE_CHECKING:
    from flawless.cli._output import Showing

_LONGEST = 24 * 3600.0


@click.command(name="debug")
@click.argument("service", metavar="[SERVICE]", default="")
@directory_option
@click.option("--level", default="debug", show_default=True, help="The log level.")
@click.option("--for", "seconds", type=Seconds(), default=900.0, help="When it returns by itself (default: 15m).")
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="Set this instead of the variable that is found."
)
@click.option("--off", is_flag=True, help="Return what is debugged, all of it without SERVICE.")
@ledger_option
@format_options
def command(
    service: str,
    directory: Path,
    level: str,
    seconds: float,
    given: tuple[str, ...],
    off: bool,
    ledger: Path | None,
    showing: Showing,
) -> int:
    """Switch SERVICE to debug logging, follow its log, and return it by itself; Ctrl-C returns it, too."""
    from flawless.app.debug import DebugOptions, debug, debug_off
    from flawless.cli._brief import told_briefly
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of
    from flawless.report.text import plain

    asked = asked_of(ledger=ledger)
    if off:
        return told_briefly(lambda ports: debug_off(directory, ports, asked, service, progress()), showing)
    if not service:
        raise click.UsageError("SERVICE is missing")
    if not 0 < seconds <= _LONGEST:
        raise click.UsageError("--for is between a second and 24h")
    options = DebugOptions(service, level, seconds, given)

    def line(text: str) -> None:
        click.echo(plain(text), err=showing.shape != "terminal")

    return told_briefly(lambda ports: debug(directory, ports, asked, options, progress(), line=line), showing)
