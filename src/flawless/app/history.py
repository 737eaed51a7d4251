"""Asking the ledger: what happened, and one run's report again."""

from __future__ import annotations

import os
from pathlib import Path

from flawless.app.session import Asked, open_to_look
from flawless.config import ledger_path
from flawless.errors import UsageError
from flawless.judging.compare import Images, compare
from flawless.ledger.sqlite import SqliteLedger
from flawless.model.comparison import Comparison
from flawless.model.report import Report
from flawless.ports.bundle import Ports
from flawless.report.history_page import History
from flawless.report.samples_page import Kept


def read_history(root: Path, ledger: Path | None, limit: int) -> History:
    """The last runs and releases; both empty when nothing was recorded yet. Makes no ledger."""
    path = ledger_path(root, ledger)
    if not os.path.lexists(path):
        return History(str(path), (), ())
    with SqliteLedger.open(path) as book:
        return History(str(path), book.runs(limit=limit), book.releases(limit=limit))


async def read_samples(root: Path, ports: Ports, ledger: Path | None, seconds: float) -> Kept:
    """What ``flawless watch`` kept of the stack in the last ``seconds``. Makes no ledger."""
    session = await open_to_look(root, ports, Asked(ledger=ledger), lambda _: None)
    return _samples(session.stack.name, ledger_path(root, ledger), ports.clock.now(), seconds)


def _samples(stack: str, path: Path, now: float, seconds: float) -> Kept:
    since = now - seconds
    if not os.path.lexists(path):
        return Kept(stack=stack, since=since, now=now, blocks=(), alerts=())
    with SqliteLedger.open(path) as book:
        return Kept(
            stack=stack, since=since, now=now, blocks=book.samples(stack, since), alerts=book.alerts(stack, since)
        )


def read_report(root: Path, ledger: Path | None, run_id: str) -> Report:
    """The report of a run, of the newest for ""; UsageError when there is none."""
    path = _recorded(root, ledger)
    with SqliteLedger.open(path) as book:
        return _found(book, path, run_id)


def compare_runs(root: Path, ledger: Path | None, before: str, after: str) -> Comparison:
    """What differs between two recorded runs; UsageError when one of them is not recorded."""
    path = _recorded(root, ledger)
    with SqliteLedger.open(path) as book:
        reports = _found(book, path, before), _found(book, path, after)
        images = _images(book, reports[0]), _images(book, reports[1])
    known = (images[0], images[1]) if images[0] is not None and images[1] is not None else None
    return compare(*reports, known)


def _recorded(root: Path, ledger: Path | None) -> Path:
    path = ledger_path(root, ledger)
    if not os.path.lexists(path):
        raise UsageError("nothing is recorded here yet", where=str(path), remedy="flawless check makes the first run")
    return path


def _found(book: SqliteLedger, path: Path, run_id: str) -> Report:
    report = book.run(run_id) if run_id else book.latest_run()
    if report is None:
        what = f"there is no run {run_id}" if run_id else "there is no run yet"
        raise UsageError(what, where=str(path), remedy="flawless history lists the runs")
    return report


def _images(book: SqliteLedger, report: Report) -> Images | None:
    """The images of the run's release; none are known of a release that was never made whole."""
    row = book.release(report.release.id) if report.release else None
    return row.images if row and row.images else None
