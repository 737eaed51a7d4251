"""Asking the ledger: what happened, and one run's report again."""

from __future__ import annotations

import os
from pathlib import Path

from flawless.config import ledger_path
from flawless.errors import UsageError
from flawless.ledger.sqlite import SqliteLedger
from flawless.model.report import Report
from flawless.report.history_page import History


def read_history(root: Path, ledger: Path | None, limit: int) -> History:
    """The last runs and releases; both empty when nothing was recorded yet. Makes no ledger."""
    path = ledger_path(root, ledger)
    if not os.path.lexists(path):
        return History(str(path), (), ())
    with SqliteLedger.open(path) as book:
        return History(str(path), book.runs(limit=limit), book.releases(limit=limit))


def read_report(root: Path, ledger: Path | None, run_id: str) -> Report:
    """The report of a run, of the newest for ""; UsageError when there is none."""
    path = ledger_path(root, ledger)
    if not os.path.lexists(path):
        raise UsageError("nothing is recorded here yet", where=str(path), remedy="flawless check makes the first run")
    with SqliteLedger.open(path) as book:
        report = book.run(run_id) if run_id else book.latest_run()
    if report is None:
        what = f"there is no run {run_id}" if run_id else "there is no run yet"
        raise UsageError(what, where=str(path), remedy="flawless history lists the runs")
    return report
