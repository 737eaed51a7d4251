"""``flawless init``: a first flawless.toml."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import directory_argument


@click.command(name="init")
@directory_argument
@click.option("--force", is_flag=True, help="Overwrite the file that is there.")
@click.option("--baseline", is_flag=True, help="Record what fails today as dated waivers; the rest of the file stays.")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long a baseline holds.")
def command(directory: Path, force: bool, baseline: bool, days: int) -> int:
    """Write a commented flawless.toml for the stack in DIR: every setting, its default, and what was detected."""
    if baseline:
        return _record(directory, days)
    from flawless.app.init import write_settings
    from flawless.cli._run import with_ports

    path = with_ports(lambda ports: write_settings(directory, ports, force=force))
    click.echo(f"wrote {path}")
    return 0


def _record(directory: Path, days: int) -> int:
    from flawless.app.record import record_baseline
    from flawless.app.session import Asked
    from flawless.cli._progress import progress
    from flawless.cli._run import with_ports

    done = with_ports(lambda ports: record_baseline(directory, ports, Asked(), progress(), days=days))
    click.echo(f"wrote {done.path}: {done.waivers} findings are waived, {done.new} of them new")
    return 0
