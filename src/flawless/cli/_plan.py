"""Showing a plan, and asking whether it may be carried out."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from flawless.app.options import Confirm, DeployOptions
from flawless.app.session import Asked
from flawless.model.plan import Plan


def print_plan(directory: Path, asked: Asked, options: DeployOptions, shape: str) -> int:
    """Print the plan of a deploy, as text or as JSON; the exit code."""
    from flawless.app.deploy import make_plan
    from flawless.cli._output import write
    from flawless.cli._progress import progress
    from flawless.cli._run import with_ports
    from flawless.report._json import json_text
    from flawless.report.plan_page import plan_page

    made = with_ports(lambda ports: make_plan(directory, ports, asked, options, progress()))
    text = json_text(made) if shape == "json" else plan_page(made)
    write(text, None)
    return 0


def asker(*, yes: bool) -> Confirm | None:
    """Who is asked before a plan with a gap or collateral: the terminal; None where there is none, and with --yes."""
    return None if yes or not (sys.stdin.isatty() and sys.stderr.isatty()) else _ask


async def _ask(made: Plan) -> bool:
    from flawless.report.plan_page import plan_page

    click.echo(f"\n{plan_page(made)}\nGo on? [y/N] ", err=True, nl=False)
    return (await _line()).strip().lower() in ("y", "yes")


async def confirmed_by_hand(lines: tuple[str, ...]) -> bool:
    """Whether somebody at the terminal says yes to what is listed."""
    listed = "\n".join(f"  {line}" for line in lines)
    click.echo(f"\n{listed}\nGo on? [y/N] ", err=True, nl=False)
    return (await _line()).strip().lower() in ("y", "yes")


async def _line() -> str:
    """A line from the terminal, waited for so that Ctrl-C still ends the deploy."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sys.stdin, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin)
    return sys.stdin.readline()
