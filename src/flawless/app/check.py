"""``flawless check``: everything that files decide."""

from __future__ import annotations

import asyncio
from pathlib import Path

from flawless.app.fix import fixes_for
from flawless.app.judge import judge, prepare
from flawless.app.reporting import begin, keep, make_report
from flawless.app.session import Asked, Progress, open_session
from flawless.app.source import read_checkout
from flawless.errors import FlawlessError
from flawless.model.check import Level
from flawless.model.report import Report
from flawless.ports.bundle import Ports
from flawless.together import both


async def check(root: Path, ports: Ports, asked: Asked, progress: Progress) -> Report:
    """Judge the files of a stack; the report is kept where the folder can be written."""
    opening = both(open_session(root, ports, asked, progress, levels=[Level.FILES]), _revision(root, ports))
    (session, revision), _ = await both(opening, asyncio.to_thread(prepare))
    run = begin(session, "check")
    judged = await judge(session, [Level.FILES])
    report = make_report(session, run, judged, revision=revision, fixes=fixes_for(session, judged))
    # A page for each check would cost more than the check: `flawless report --format html` makes it from the record.
    return keep(session, report, judged, page=False)


async def _revision(root: Path, ports: Ports) -> str:
    """The revision of the files; empty when git cannot tell, which the checks of git themselves report."""
    try:
        return (await read_checkout(root, ports.shell)).revision
    except FlawlessError:
        return ""
