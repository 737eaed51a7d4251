"""``flawless report``: a recorded run again, in any format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import format_options, ledger_option

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="report")
@click.argument("run_id", metavar="[RUN]", default="")
@click.argument("directory", metavar="[DIR]", default="")
@click.option("--compare", "pair", nargs=2, metavar="A B", help="What differs from run A to run B, instead.")
@ledger_option
@format_options
def command(run_id: str, directory: str, pair: tuple[str, str] | None, ledger: Path | None, showing: Showing) -> int:
    """Show the report of a recorded RUN (default: the newest) of the stack in DIR again.

    --compare A B puts two runs beside each other: verdicts, failures, durations, traffic and images that differ.

    Showing it succeeds whatever the report says; its exit code is in the report.
    """
    from flawless.app.history import compare_runs, read_report
    from flawless.cli._output import show, show_comparison

    if run_id and not directory and (pair or Path(run_id).is_dir()):
        run_id, directory = "", run_id
    root = Path(directory or ".")
    if not root.is_dir():
        raise click.UsageError(f"{directory} is not a folder")
    if pair:
        show_comparison(compare_runs(root.resolve(), ledger, *pair), showing)
        return 0
    show(read_report(root.resolve(), ledger, run_id), showing)
    return 0
