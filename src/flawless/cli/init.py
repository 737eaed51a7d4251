"""``flawless init``: a first flawless.toml."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import directory_argument


@click.command(name="init")
@directory_argument
@click.option("--force", is_flag=True, help="Overwrite the file that is there.")
def command(directory: Path, force: bool) -> int:
    """Write a commented flawless.toml for the stack in DIR: every setting, its default, and what was detected."""
    import asyncio

    from flawless.app.init import write_settings
    from flawless.app.ports import make_ports

    path = asyncio.run(write_settings(directory, make_ports(), force=force))
    click.echo(f"wrote {path}")
    return 0
