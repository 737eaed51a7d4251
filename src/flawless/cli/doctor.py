"""``flawless doctor``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import directory_argument


@click.command(name="doctor")
@directory_argument
@click.option("--format", "shape", type=click.Choice(("terminal", "json")), default="terminal", help="How to show it.")
def command(directory: Path, shape: str) -> int:
    """Say whether this machine and its engine can deploy, and what to do where not. It needs no stack in DIR.

    Exit codes: 0 a deploy can start here, 1 it cannot, 3 that could not be told.
    """
    from flawless.app.doctor import machine
    from flawless.cli._output import width, write
    from flawless.cli._run import with_ports
    from flawless.judging.doctor import exit_code, needs
    from flawless.report.doctor_page import doctor_json, doctor_page

    found = needs(with_ports(lambda ports: machine(directory, ports)))
    code = exit_code(found)
    write(doctor_json(found, code) if shape == "json" else doctor_page(found, code, width()), None)
    return code
