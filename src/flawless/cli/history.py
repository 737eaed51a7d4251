"""``flawless history``: runs and releases."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._deploying import Seconds
from flawless.cli._options import directory_argument, ledger_option


@click.command(name="history")
@directory_argument
@ledger_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many of each.")
@click.option("--format", "shape", type=click.Choice(("terminal", "json")), default="terminal", help="How to show it.")
@click.option("--samples", is_flag=True, help="Show instead what flawless watch kept: readings and alerts.")
@click.option("--since", "seconds", type=Seconds(), default=3600.0, help="How far back with --samples (default: 1h).")
def command(directory: Path, ledger: Path | None, limit: int, shape: str, samples: bool, seconds: float) -> int:
    """List the recorded runs and releases of the stack in DIR, newest first."""
    from flawless.cli._output import width, write

    if samples:
        write(_samples(directory, ledger, seconds, shape, width()), None)
        return 0
    from flawless.app.history import read_history
    from flawless.report.history_page import history_json, history_page

    history = read_history(directory, ledger, limit)
    write(history_json(history) if shape == "json" else history_page(history, width()), None)
    return 0


def _samples(directory: Path, ledger: Path | None, seconds: float, shape: str, width: int) -> str:
    from flawless.app.history import read_samples
    from flawless.cli._run import with_ports
    from flawless.report.samples_page import samples_json, samples_page

    kept = with_ports(lambda ports: read_samples(directory, ports, ledger, seconds))
    return samples_json(kept) if shape == "json" else samples_page(kept, width)
