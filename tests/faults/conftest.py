"""The ground that faults are made on, and the results that docs/faults.md is written from."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.ground import Ground, project_name
from tests.faults.prober import Outside
from tests.faults.results import Row, append

FULL = os.environ.get("FLAWLESS_FULL") == "1"
Reports = Generator[None, pytest.TestReport, pytest.TestReport]
ROW = pytest.StashKey[Row]()
RESULTS = os.environ.get("FLAWLESS_FAULT_RESULTS", "")


@pytest.fixture(scope="session")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One site for all faults; its first release is deployed and good."""
    made = Ground(tmp_path_factory.mktemp("ground"), project_name())
    try:
        made.prepare()
        yield made
    finally:
        made.remove()


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    """What is measured of this test."""
    numbers = tuple(number for mark in request.node.iter_markers("fault") for number in mark.args)
    made = Row(request.node.name, numbers)
    request.node.stash[ROW] = made
    return made


@pytest.fixture
def ground(field: Ground, row: Row) -> Iterator[Ground]:
    """The site as it was: its last good release serves, the checkout is that commit, nothing is left of other tests."""
    field.back_to_good()
    with Outside(field.site) as field.outside:
        if not field.is_good():
            mended = field.deploy()
            assert mended.code == 0, mended.err + mended.out
            field.holds(field.good)
    field.row = row
    with Outside(field.site) as field.outside:
        yield field
        shots, failures, gap = field.outside.shots, field.outside.failures, field.outside.gap
    row.requests, row.failed, row.gap = len(shots), len(failures), round(gap, 1)


def _sentence(failure: str) -> str:
    """The one line of a failed assertion that says what was not so."""
    lines = failure.splitlines() or [""]
    return next((line for line in lines if line.startswith("assert ")), lines[0])[:200]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without FLAWLESS_FULL=1 only those faults are made that are marked to be made always."""
    if not FULL:
        left = [item for item in items if item.get_closest_marker("fault") and not item.get_closest_marker("always")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Reports:
    """Note how a test went, and write it down once its fixtures have said what they saw."""
    report = yield
    row = item.stash.get(ROW, None)
    if row is not None and report.when == "call":
        row.held, row.seconds = report.passed, round(report.duration, 1)
        row.said = "" if report.passed else _sentence(str(call.excinfo.value if call.excinfo else ""))
    if row is not None and report.when == "teardown" and RESULTS and row.seconds:  # else it never began
        row.date = datetime.now(UTC).strftime("%Y-%m-%d")
        append(Path(RESULTS), row)
    return report
