"""``flawless net``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import directory_argument


@click.command(name="net")
@directory_argument
@click.option("--try", "tried", is_flag=True, help="Connect to database and cache from the networks of the edge.")
@click.option(
    "--format",
    "shape",
    type=click.Choice(("terminal", "mermaid", "json")),
    default="terminal",
    help="How to show it; mermaid is a picture as text.",
)
def command(directory: Path, tried: bool, shape: str) -> int:
    """Show the networks of the stack in DIR: who is on them, who must reach whom, and who can.

    Exit codes: 0 who must reach can and the data is apart, 1 not so, 3 that could not be told.
    """
    from flawless.app.net import wiring
    from flawless.cli._output import width, write
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, with_ports
    from flawless.report.net_page import net_json, net_page, net_picture

    found = with_ports(lambda ports: wiring(directory, ports, asked_of(), progress(), tried=tried))
    pages = {"terminal": lambda: net_page(found, width()), "mermaid": lambda: net_picture(found)}
    write(pages.get(shape, lambda: net_json(found))(), None)
    return found.exit_code
