"""The report as JSON: the contract ``flawless/report/1``, in a fixed order of keys, and back."""

from __future__ import annotations

import msgspec

from flawless.errors import UsageError
from flawless.model.report import SCHEMA, Report
from flawless.report._json import json_text

FORMAT = "json"
_DEPLOYS = frozenset({"plan", "deploy", "rollback"})
_ONLY_WITH = ("fixes", "soak")
_OF_A_DEPLOY = ("release", "services", "steps", "traffic", "cause", "changes")


def to_json(report: Report) -> str:
    """The contract as indented text. Keys that only a deploy fills are left out of the others' reports when empty."""
    data = msgspec.to_builtins(report)
    if report.phase not in _DEPLOYS:
        data = {key: value for key, value in data.items() if value or key not in _OF_A_DEPLOY}
    for key in _ONLY_WITH:
        if not data[key]:
            del data[key]
    data["evidence"] = dict(sorted(data["evidence"].items()))
    return json_text(data)


def from_json(text: str | bytes) -> Report:
    """The report that ``to_json`` wrote; UsageError when it is none or of another schema."""
    try:
        report = msgspec.json.decode(text, type=Report)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"this is no report: {error}", remedy=f"give a file in the format {SCHEMA}") from error
    if report.schema != SCHEMA:
        raise UsageError(
            f"the report has schema {report.schema}, this version reads {SCHEMA}", remedy="update flawless"
        )
    return report
