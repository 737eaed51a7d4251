"""``flawless diagnose``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import directory_option


@click.command(name="diagnose")
@click.argument("service", metavar="[SERVICE]", default="")
@directory_option
@click.option("--format", "shape", type=click.Choice(("terminal", "json")), default="terminal", help="How to show it.")
def command(service: str, directory: Path, shape: str) -> int:
    """Say why the stack, or SERVICE and what it depends on, is broken. Reads only.

    Exit codes: 0 nothing is wrong, 1 a cause is named, 3 something is wrong or unseen and no cause shows.
    """
    from flawless.app.diagnose import diagnose
    from flawless.cli._output import write
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of, with_ports
    from flawless.report.diagnosis_page import diagnosis_json, diagnosis_page

    found = with_ports(lambda ports: diagnose(directory, ports, asked_of(), progress(), service))
    write(diagnosis_json(found) if shape == "json" else diagnosis_page(found), None)
    return found.exit_code
