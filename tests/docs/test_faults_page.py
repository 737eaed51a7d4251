"""docs/faults.md says what the results say, and every fault of the catalogue has a test."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.catalogue import FAULTS, NOT_MADE
from tests.faults.kinds import CHANGES, JOURNALS, Kind, rows, serving
from tests.faults.page import RESULTS, page
from tests.faults.results import load

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "faults"


def test_the_page_is_what_the_results_make() -> None:
    assert (ROOT / "docs" / "faults.md").read_text() == page(load(RESULTS))


def test_every_fault_is_made_by_a_test_or_by_the_matrix() -> None:
    text = "".join(file.read_text() for file in TESTS.glob("test_*.py"))
    marked = {int(number) for numbers in re.findall(r"mark\.fault\(([\d, ]+)\)", text) for number in numbers.split(",")}
    assert marked | {number for number, fault in FAULTS.items() if fault.kinds} == set(FAULTS)
    assert set(NOT_MADE) <= set(FAULTS)


def test_the_matrix_has_every_record_of_every_kind_and_part_of_it_runs_always() -> None:
    whole, always = rows(full=True), rows(full=False)
    assert set(JOURNALS) == set(CHANGES) == set(Kind)
    assert len(whole) == len(set(whole)) == sum(len(records) + 1 for records in JOURNALS.values())
    assert set(always) < set(whole)
    assert {Kind.HEALTHY, Kind.CRASHING, Kind.BAD_IN_SOAK} <= {kind for kind, _ in always}


def test_what_serves_follows_the_records() -> None:
    assert serving(Kind.HEALTHY, "begin", "backend") == {"old"}
    assert serving(Kind.HEALTHY, "switch-backend started", "frontend") == {"old", "new"}
    assert serving(Kind.HEALTHY, "verify started", "frontend") == {"new"}
    assert serving(Kind.HEALTHY, "switch-backend proved", "backend") == {"new"}
    assert serving(Kind.CRASHING, "undo-frontend started", "backend") == {"old"}
    assert serving(Kind.CRASHING, "end", "frontend") == {"old"}
    assert serving(Kind.NOT_READY, "undo-backend started", "backend") == {"new"}
    assert serving(Kind.NOT_READY, "undo-backend proved", "backend") == {"old"}
