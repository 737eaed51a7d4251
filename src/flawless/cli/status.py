"""``flawless status``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import directory_argument, ledger_option


@click.command(name="status")
@directory_argument
@ledger_option
@click.option("--format", "shape", type=click.Choice(("terminal", "json")), default="terminal", help="How to show it.")
def command(directory: Path, ledger: Path | None, shape: str) -> int:
    """Show how the stack in DIR stands now. Exit code 0: all runs; 1: a service is not as it should be."""
    from flawless.app.status import status
    from flawless.cli._output import width, write
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, with_ports
    from flawless.judging.standing import exit_code
    from flawless.report.status_page import status_json, status_page

    stack = with_ports(lambda ports: status(directory, ports, asked_of(ledger=ledger), progress()))
    code = exit_code(stack)
    write(status_json(stack, code) if shape == "json" else status_page(stack, width()), None)
    return code
