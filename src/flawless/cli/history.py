"""``flawless history``: runs and releases."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import directory_argument, ledger_option


@click.command(name="history")
@directory_argument
@ledger_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many of each.")
@click.option("--format", "shape", type=click.Choice(("terminal", "json")), default="terminal", help="How to show it.")
def command(directory: Path, ledger: Path | None, limit: int, shape: str) -> int:
    """List the recorded runs and releases of the stack in DIR, newest first."""
    from flawless.app.history import read_history
    from flawless.cli._output import width, write
    from flawless.report.history_page import history_json, history_page

    history = read_history(directory, ledger, limit)
    write(history_json(history) if shape == "json" else history_page(history, width()), None)
    return 0
