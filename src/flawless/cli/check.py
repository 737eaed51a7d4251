"""``flawless check``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import (
    allow_unknown_option,
    directory_argument,
    format_options,
    ledger_option,
    osv_db_option,
)


@click.command(name="check")
@directory_argument
@allow_unknown_option
@osv_db_option
@ledger_option
@format_options
def command(
    directory: Path,
    allow_unknown: tuple[str, ...],
    osv_db: Path | None,
    ledger: Path | None,
    shape: str,
    output: Path | None,
) -> int:
    """Judge everything that the files of the stack in DIR decide. Needs no Docker engine."""
    from flawless.app.check import check
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, reported

    asked = asked_of(allow_unknown, osv_db, ledger)
    return reported(lambda ports: check(directory, ports, asked, progress()), shape, output)
