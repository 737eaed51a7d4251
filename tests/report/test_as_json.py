"""The contract flawless/report/1."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from flawless.errors import UsageError
from flawless.model.report import Report
from flawless.report.as_json import from_json, to_json

from .golden import same_as_golden
from .sample import failed_deploy, file_check, good_deploy

STEP = {"id": str, "kind": str, "why": str, "state": str, "seconds": float}
FINDING = {"subject": str, "outcome": str, "message": str, "remedy": str, "evidence": [str]}
VERDICT = {
    "check": str,
    "title": str,
    "severity": str,
    "level": str,
    "outcome": str,
    "checklist": [str],
    "findings": [FINDING],
}
CONTRACT: dict[str, Any] = {
    "schema": str,
    "tool": {"name": str, "version": str},
    "run_id": str,
    "phase": str,
    "started": str,
    "seconds": float,
    "stack": {"name": str, "digest": str, "revision": str},
    "decision": {"go": bool, "exit_code": int, "reason": str},
    "verdicts": [VERDICT],
    "checklist": [{"item": str, "text": str, "state": str, "checks": [str]}],
}
DEPLOY: dict[str, Any] = {
    **CONTRACT,
    "release": {"id": str, "state": str},
    "steps": [STEP],
    "traffic": {"requests": int, "failed": int, "longest_gap_ms": float},
}


def differences(value: Any, shape: Any, at: str = "$") -> list[str]:
    """Where a value lacks what the shape asks for; more than asked for is allowed."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{at} is no object"]
        lacking = [f"{at}.{key} is missing" for key in shape if key not in value]
        return lacking + [
            d for key in shape if key in value for d in differences(value[key], shape[key], f"{at}.{key}")
        ]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{at} is no list"]
        return [d for number, each in enumerate(value) for d in differences(each, shape[0], f"{at}[{number}]")]
    return [] if type(value) is shape else [f"{at} is {value!r}, not {shape.__name__}"]


@pytest.mark.parametrize(
    ("report", "shape"),
    [(failed_deploy, DEPLOY), (good_deploy, DEPLOY), (file_check, CONTRACT)],
    ids=["failed-deploy", "good-deploy", "check"],
)
def test_the_report_keeps_the_contract(report: Callable[[], Report], shape: dict[str, Any]) -> None:
    assert differences(json.loads(to_json(report())), shape) == []


def test_the_shape_test_sees_what_is_missing_and_what_is_wrong() -> None:
    data = json.loads(to_json(file_check()))
    del data["decision"]["go"]
    data["checklist"][3]["checks"] = "none"
    data["verdicts"][0]["findings"][0]["message"] = 5
    assert len(differences(data, CONTRACT)) == 3


def test_keys_stand_in_the_order_of_the_contract() -> None:
    keys = list(json.loads(to_json(failed_deploy())))
    assert keys[: len(CONTRACT)] == list(CONTRACT)


def test_a_check_has_no_keys_of_a_deploy() -> None:
    assert not {"release", "steps", "traffic", "services", "cause"} & json.loads(to_json(file_check())).keys()


def test_a_finding_has_its_place() -> None:
    finding = json.loads(to_json(failed_deploy()))["verdicts"][0]["findings"][0]
    assert finding["location"] == {"file": "compose.yaml", "line": 42}


@pytest.mark.parametrize("report", [failed_deploy, good_deploy, file_check])
def test_what_was_written_is_read_back(report: Callable[[], Report]) -> None:
    assert from_json(to_json(report())) == report()


def test_the_text_is_as_agreed() -> None:
    assert same_as_golden("failed.json", to_json(failed_deploy()))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 5}', "\x00", b"\xff\xfe"])
def test_what_is_no_report_is_refused_in_a_sentence(text: str | bytes) -> None:
    with pytest.raises(UsageError, match="this is no report"):
        from_json(text)


def test_a_report_of_another_schema_is_refused() -> None:
    text = to_json(file_check()).replace("flawless/report/1", "flawless/report/9")
    with pytest.raises(UsageError, match="flawless/report/9"):
        from_json(text)
