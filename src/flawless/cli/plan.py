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
    allow_unknown: tuple[str, ...],
    osv_db: Path | None,
    shape: str,
) -> int:
    """Print what deploy would do with the stack in DIR. The images are built, so that it is exact."""
    from flawless.app.deploy import make_plan
    from flawless.app.options import DeployOptions
    from flawless.cli._output import write
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, with_ports
    from flawless.report._json import json_text
    from flawless.report.plan_page import plan_page

    options = DeployOptions(
        allow_dirty=allow_dirty, no_cache=no_cache, force_recreate=force_recreate, recreate=recreate
    )
    asked = asked_of(allow_unknown, osv_db)
    made = with_ports(lambda ports: make_plan(directory, ports, asked, options, progress()))
    text = json_text(made) if shape == "json" else plan_page(made)
    write(text, None)
    return 0
