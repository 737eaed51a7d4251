"""``flawless deploy``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._deploying import Seconds, deploy_options
from flawless.cli._options import (
    allow_unknown_option,
    directory_argument,
    format_options,
    ledger_option,
    osv_db_option,
)

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="deploy")
@directory_argument
@click.option("--soak", type=Seconds(), help="How long to watch the new release, e.g. 90s (default: the settings').")
@click.option("--dry-run", is_flag=True, help="Only print the plan, as flawless plan does.")
@click.option("--yes", is_flag=True, help="Do not ask; without a terminal nobody is asked.")
@deploy_options
@allow_unknown_option
@osv_db_option
@ledger_option
@format_options
def command(
    directory: Path,
    soak: float | None,
    dry_run: bool,
    yes: bool,
    allow_dirty: bool,
    no_cache: bool,
    force_recreate: bool,
    recreate: tuple[str, ...],
    only: tuple[str, ...],
    maintenance: bool,
    allow_unknown: tuple[str, ...],
    osv_db: Path | None,
    ledger: Path | None,
    showing: Showing,
) -> int:
    """Deploy the stack in DIR: check, build, migrate, switch, verify, soak; or bring the last good release back."""
    from flawless.app.deploy import deploy
    from flawless.app.options import DeployOptions
    from flawless.cli._plan import asker, print_plan
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, reported

    options = DeployOptions(
        soak=soak,
        allow_dirty=allow_dirty,
        no_cache=no_cache,
        force_recreate=force_recreate,
        recreate=recreate,
        only=only,
        maintenance=maintenance,
        confirm=asker(yes=yes),
    )
    asked = asked_of(allow_unknown, osv_db, ledger)
    if dry_run:
        return print_plan(directory, asked, options, showing.shape)
    return reported(lambda ports: deploy(directory, ports, asked, options, progress()), showing)
