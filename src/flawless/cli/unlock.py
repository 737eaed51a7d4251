"""``flawless unlock``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import directory_argument


@click.command(name="unlock")
@directory_argument
def command(directory: Path) -> int:
    """End the lock of the stack in DIR, whoever took it. A deploy that is under way is left alone."""
    from flawless.app.leasing import unlock
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, with_ports

    click.echo(with_ports(lambda ports: unlock(directory, ports, asked_of(), progress())))
    return 0
