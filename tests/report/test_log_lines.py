"""Lines of logs and their shapes, for readers and for programs."""

from __future__ import annotations

import json

import pytest

from flawless.model.observed import LogTemplate
from flawless.report.log_lines import LogEntry, log_json, log_line, shapes_json, shapes_page

AT = 1_767_323_045.125
ENTRY = LogEntry("backend", "backend-1", AT, "error", "broke \x1b[2Jhere\rand there")
SHAPES = {"backend": (LogTemplate("took <n> ms", 41, "took 3 ms"), LogTemplate("broke", 1, "broke")), "redis": ()}


@pytest.mark.parametrize(
    ("color", "line"),
    [
        (False, "01-02 03:04:05.125  backend-1   broke hereand there\n"),
        (True, "01-02 03:04:05.125  backend-1   \x1b[31mbroke hereand there\x1b[0m\n"),
    ],
)
def test_a_line_cannot_move_the_cursor(color: bool, line: str) -> None:
    assert log_line(ENTRY, 10, color) == line


def test_one_object_a_line() -> None:
    text = log_json(ENTRY)
    assert text.count("\n") == 1
    assert json.loads(text)["at"] == "2026-01-02T03:04:05.125000Z"


def test_shapes_are_counted_by_service() -> None:
    page = shapes_page(SHAPES, 80).splitlines()
    assert page == ["COUNT  SERVICE  SHAPE", "41     backend  took <n> ms", "1      backend  broke"]
    assert json.loads(shapes_json(SHAPES))["services"]["backend"][0]["count"] == 41
    assert shapes_page({}, 80) == "no line\n"
