"""What happened so far: runs and releases, as a list and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from flawless.model.history import ReleaseRow, RunRow
from flawless.report._columns import columns
from flawless.report.text import span

SCHEMA = "flawless/history/1"
_REVISION = 12


class History(Struct, frozen=True):
    """The last runs and releases, newest first."""

    ledger: str
    runs: tuple[RunRow, ...]
    releases: tuple[ReleaseRow, ...]


def history_page(history: History, width: int = 100) -> str:
    """Two lists, or a sentence where there is nothing yet."""
    return "\n".join(
        (
            "Releases",
            _releases(history.releases, width) or "  none yet; flawless deploy makes one\n",
            "Runs",
            _runs(history.runs, width) or "  none yet; flawless check makes one\n",
            f"Kept in {history.ledger}; flawless report RUN shows one again\n",
        )
    )


def _releases(releases: Sequence[ReleaseRow], width: int) -> str:
    head = ("RELEASE", "STATE", "CREATED", "REVISION")
    rows = [(line.id, line.state.value, _utc(line.created), line.revision[:_REVISION]) for line in releases]
    return columns(head, rows, width) if rows else ""


def _runs(runs: Sequence[RunRow], width: int) -> str:
    head = ("RUN", "PHASE", "RESULT", "TOOK", "WHY")
    rows = [(line.run_id, line.phase, _result(line), span(line.seconds), line.reason) for line in runs]
    return columns(head, rows, width) if rows else ""


def _result(line: RunRow) -> str:
    return "✔ go" if line.go else f"✘ no go ({line.exit_code})"


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def history_json(history: History) -> str:
    """The same as JSON, schema ``flawless/history/1``; every time is ISO 8601 in UTC."""
    data: dict[str, Any] = {"schema": SCHEMA, **msgspec.to_builtins(history)}
    for release in data["releases"]:
        release["created"] = _utc(release["created"])
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"
