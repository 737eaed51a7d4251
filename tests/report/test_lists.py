"""The pages of the catalogue and of the history."""

from __future__ import annotations

import json

import pytest

from flawless.model.check import Check, Level, Rule, Severity
from flawless.model.history import ReleaseRow, RunRow
from flawless.model.release import ReleaseState
from flawless.report.catalogue_page import check_json, check_page, list_json, list_page
from flawless.report.history_page import History, history_json, history_page

CHECK = Check(
    id="port-published",
    title="a port is open to the world",
    severity=Severity.BLOCK,
    items=("P4.5", "S2.1"),
    rules=(Rule(Level.FILES, lambda view: ()), Rule(Level.LIVE, lambda view: ())),
    remedy="bind it to 127.0.0.1",
    doc="A port is open to the world.\n\n## Bad\n```yaml compose.yaml\nports: [80]\n```\n",
    reference="CIS Docker 5.8",
)
HISTORY = History(
    ".flawless/ledger.db",
    (
        RunRow("20260102-030405-a1b2", "viworks", "deploy", "2026-01-02T03:04:05Z", 183.2, 4, False, "it broke " * 30),
        RunRow("20260101-030405-a1b2", "viworks", "check", "2026-01-01T03:04:05Z", 0.4, 0, True, "no check failed"),
    ),
    (
        ReleaseRow(
            id="20260102-030405-c3d4",
            stack="viworks",
            revision="0123456789abcdef",
            state=ReleaseState.ROLLED_BACK,
            created=1_767_323_045.0,
            images={"backend": "sha256:1"},
        ),
    ),
)


def test_a_check_s_page_says_all_of_it() -> None:
    page = check_page("network", CHECK, 80)
    for part in ("port-published: a port is open", "block", "files, live", "CIS Docker 5.8", "## Bad", "ports: [80]"):
        assert part in page
    assert "P4.5 Network Configuration: No direct port exposure to internet" in page
    assert "Remedy\n  bind it to 127.0.0.1" in page


def test_the_list_groups_by_topic() -> None:
    page = list_page([("edge", CHECK), ("network", CHECK)], 100)
    assert [line for line in page.splitlines() if line and line[0] != " "][:2] == ["edge", "network"]
    assert page.endswith("2 checks; flawless explain ID says more about one\n")


@pytest.mark.parametrize("width", [40, 60])
def test_the_list_fits_a_narrow_terminal(width: int) -> None:
    page = list_page([("network", CHECK)], width)
    assert max(len(line) for line in page.splitlines()[:-1]) <= width


def test_the_catalogue_as_json_names_schema_topic_and_levels() -> None:
    data = json.loads(list_json([("network", CHECK)]))
    assert data["schema"] == "flawless/checks/1"
    assert (data["checks"][0]["topic"], data["checks"][0]["levels"]) == ("network", ["files", "live"])
    assert json.loads(check_json("network", CHECK))["checks"][0]["doc"] == CHECK.doc


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_history_fits_and_shows_both_results(width: int) -> None:
    page = history_page(HISTORY, width)
    assert "✔ go" in page
    assert "✘ no go (4)" in " ".join(page.split())
    assert "rolled-back" in page
    assert "2026-01-02T03:04:05Z" in page
    assert max(len(line) for line in page.splitlines() if not line.startswith("Kept")) <= width


def test_an_empty_history_says_what_makes_one() -> None:
    page = history_page(History("x", (), ()), 80)
    assert "flawless deploy makes one" in page
    assert "flawless check makes one" in page


def test_the_history_as_json_has_times_that_people_and_programs_read() -> None:
    data = json.loads(history_json(HISTORY))
    assert data["schema"] == "flawless/history/1"
    assert data["releases"][0]["created"] == data["runs"][0]["started"] == "2026-01-02T03:04:05Z"
