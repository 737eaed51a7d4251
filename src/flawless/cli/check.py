"""``flawless check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import (
    allow_unknown_option,
    directory_argument,
    format_options,
    ledger_option,
    osv_db_option,
)

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="check")
@directory_argument
@click.option("--build", is_flag=True, help="Build the images too and judge them; needs an engine.")
@click.option("--rehearse", is_flag=True, help="Build, boot a throwaway copy of the stack, and judge that too.")
@allow_unknown_option
@osv_db_option
@ledger_option
@format_options
def command(
    directory: Path,
    build: bool,
    rehearse: bool,
    allow_unknown: tuple[str, ...],
    osv_db: Path | None,
    ledger: Path | None,
    showing: Showing,
) -> int:
    """Judge everything that the files of the stack in DIR decide. Only --build and --rehearse need an engine."""
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, reported

    asked = asked_of(allow_unknown, osv_db, ledger)
    if build or rehearse:
        from flawless.app.check_build import check_build

        return reported(lambda ports: check_build(directory, ports, asked, progress(), rehearsed=rehearse), showing)
    from flawless.app.check import check

    return reported(lambda ports: check(directory, ports, asked, progress()), showing)
