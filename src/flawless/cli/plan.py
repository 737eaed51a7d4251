"""``flawless plan``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._deploying import deploy_options
from flawless.cli._options import allow_unknown_option, directory_argument, osv_db_option


@click.command(name="plan")
@directory_argument
@deploy_options
@allow_unknown_option
@osv_db_option
@click.option("--format", "shape", type=click.Choice(("terminal", "json")), default="terminal", help="How to show it.")
def command(
    directory: Path,
    allow_dirty: bool,
    no_cache: bool,
    force_recreate: bool,
    recreate: tuple[str, ...],
    only: tuple[str, ...],
    maintenance: bool,
    allow_unknown: tuple[str, ...],
    osv_db: Path | None,
    shape: str,
) -> int:
    """Print what deploy would do with the stack in DIR. The images are built, so that it is exact."""
    from flawless.app.options import DeployOptions
    from flawless.cli._plan import print_plan
    from flawless.cli._run import asked_of

    options = DeployOptions(
        allow_dirty=allow_dirty,
        no_cache=no_cache,
        force_recreate=force_recreate,
        recreate=recreate,
        only=only,
        maintenance=maintenance,
    )
    return print_plan(directory, asked_of(allow_unknown, osv_db), options, shape)
