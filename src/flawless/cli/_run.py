"""One command that makes a report: run it, show it, answer with its exit code."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from flawless.app.session import Asked
from flawless.cli._output import Showing, show
from flawless.model.report import Report
from flawless.ports.bundle import Ports

T = TypeVar("T")
_NICENESS = 10


def asked_of(allow_unknown: tuple[str, ...] = (), osv_db: Path | None = None, ledger: Path | None = None) -> Asked:
    """The shared options as the use-cases take them."""
    return Asked(allow_unknown=allow_unknown, osv_db=str(osv_db or ""), ledger=ledger)


def reported(work: Callable[[Ports], Awaitable[Report]], showing: Showing) -> int:
    """Do the work with real ports, show the report, and answer with the decision's exit code."""
    report = with_ports(work)
    show(report, showing)
    return report.decision.exit_code


def told_or_reported(work: Callable[[Ports], Awaitable[Report | str]], showing: Showing) -> int:
    """As ``reported``; where there was nothing to do, the sentence that says so, and 0."""
    done = with_ports(work)
    if isinstance(done, str):
        click.echo(done)
        return 0
    show(done, showing)
    return done.decision.exit_code


def with_ports(work: Callable[[Ports], Awaitable[T]]) -> T:
    """What some asynchronous work with real ports answers; the engine's session is closed behind it."""
    answers: list[T] = []
    asyncio.run(_with_ports(work, answers))
    return answers[0]


async def _with_ports(work: Callable[[Ports], Awaitable[T]], answers: list[T]) -> None:
    """The answer is handed over and not returned: asyncio makes a text of what its main task returns."""
    from flawless.app.ports import open_ports

    _listen()
    _give_way()
    async with open_ports() as ports:
        answers.append(await work(ports))


def _give_way() -> None:
    """The site that we look at or change may be on this machine: where processors are full, it comes first."""
    os.setpriority(os.PRIO_PROCESS, 0, max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


def _listen() -> None:
    """A job that is cancelled and a connection that is lost end the work as Ctrl-C does: in order, to be resumed."""
    work = asyncio.current_task()
    assert work is not None
    for sign in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(sign, work.cancel)
