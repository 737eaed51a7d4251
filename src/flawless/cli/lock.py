"""``flawless lock``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import directory_argument


@click.command(name="lock")
@click.option("-m", "--message", required=True, metavar="TEXT", help="Why; whoever is refused reads it.")
@directory_argument
def command(directory: Path, message: str) -> int:
    """Keep everybody, on every machine, from deploying the stack in DIR until flawless unlock."""
    from flawless.app.leasing import lock
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, with_ports

    click.echo(with_ports(lambda ports: lock(directory, ports, asked_of(), message, progress())))
    return 0
