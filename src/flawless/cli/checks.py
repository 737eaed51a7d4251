"""``flawless checks``: the list of all checks."""

from __future__ import annotations

import click


@click.command(name="checks")
@click.option("--format", "shape", type=click.Choice(("terminal", "json")), default="terminal", help="How to show it.")
def command(shape: str) -> int:
    """List every check: its id, how much it weighs, and the fault it finds."""
    from flawless.app.catalogue import all_checks
    from flawless.cli._output import width, write
    from flawless.report.catalogue_page import list_json, list_page

    checks = all_checks()
    write(list_json(checks) if shape == "json" else list_page(checks, width()), None)
    return 0
