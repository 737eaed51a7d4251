"""``flawless explain``: one check's page."""

from __future__ import annotations

import click


@click.command(name="explain")
@click.argument("check_id", metavar="ID")
@click.option("--format", "shape", type=click.Choice(("terminal", "json")), default="terminal", help="How to show it.")
def command(check_id: str, shape: str) -> int:
    """Explain one check: the fault, why it matters, a bad and a good example, and what to do."""
    from flawless.app.catalogue import one_check
    from flawless.cli._output import width, write
    from flawless.report.catalogue_page import check_json, check_page

    topic, check = one_check(check_id)
    write(check_json(topic, check) if shape == "json" else check_page(topic, check, width()), None)
    return 0
