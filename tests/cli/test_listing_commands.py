"""checks, explain, history, report, init: through the door, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec import structs

from flawless.app.init import settings_text
from flawless.cli import door
from flawless.cli._output import readable
from flawless.config import load
from flawless.judging.catalogue import catalogue
from flawless.ledger.sqlite import SqliteLedger
from flawless.model.history import ReleaseRow
from flawless.model.release import ReleaseState
from flawless.model.settings import Settings
from flawless.model.stack import Role
from flawless.report.as_json import from_json
from flawless.testing import samples

SAMPLE = (Path(__file__).parents[1] / "report" / "golden" / "failed.json").read_text(encoding="utf-8")
REPORT = from_json(SAMPLE)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """A folder with one recorded run and one release."""
    with SqliteLedger.open(tmp_path / ".flawless" / "ledger.db") as ledger:
        ledger.record_run(REPORT)
        ledger.record_release(
            ReleaseRow(id="r1", stack="viworks", revision="abc", state=ReleaseState.GOOD, created=1_767_323_045.0)
        )
    return tmp_path


def test_every_check_is_listed(capsys: Capture) -> None:
    assert door.run(["checks"]) == 0
    text = capsys.readouterr().out
    assert [check for check in catalogue() if f"  {check} " not in text] == []


def test_every_check_is_in_the_json_list(capsys: Capture) -> None:
    assert door.run(["checks", "--format", "json"]) == 0
    assert [check["id"] for check in json.loads(capsys.readouterr().out)["checks"]] == list(catalogue())


@pytest.mark.parametrize("check", list(catalogue()))
def test_every_check_is_explained(check: str, capsys: Capture) -> None:
    assert door.run(["explain", check]) == 0
    assert catalogue()[check].title in capsys.readouterr().out


def test_the_history_shows_the_run_and_the_release(stack: Path, capsys: Capture) -> None:
    assert door.run(["history", str(stack)]) == 0
    text = capsys.readouterr().out
    assert REPORT.run_id in text
    assert "2026-01-02T03:04:05Z" in text


def test_the_history_as_json(stack: Path, capsys: Capture) -> None:
    assert door.run(["history", str(stack), "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [run["run_id"] for run in data["runs"]] == [REPORT.run_id]
    assert [release["id"] for release in data["releases"]] == ["r1"]


def test_an_empty_history_makes_no_ledger(tmp_path: Path, capsys: Capture) -> None:
    assert door.run(["history", str(tmp_path)]) == 0
    assert "none yet" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_ledger_is_one_sentence(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "ledger.db").write_bytes(b"garbage" * 1000)
    assert door.run(["history", str(tmp_path), "--ledger", str(tmp_path / "ledger.db")]) == 2
    error = capsys.readouterr().err
    assert "ledger.db is no ledger" in error
    assert "\n  do: " in error


def test_the_newest_report_is_shown_again(stack: Path, capsys: Capture) -> None:
    assert door.run(["report", str(stack)]) == 0
    assert capsys.readouterr().out.startswith("✘ NO GO")


@pytest.mark.parametrize("argv", [["RUN", "DIR"], ["DIR"], ["", "DIR"]])
def test_a_report_as_json_is_the_recorded_one(stack: Path, argv: list[str], capsys: Capture) -> None:
    words = {"RUN": REPORT.run_id, "DIR": str(stack)}
    assert door.run(["report", *(words.get(word, word) for word in argv), "--format", "json"]) == 0
    assert capsys.readouterr().out == SAMPLE


def test_a_report_goes_to_a_file(stack: Path, capsys: Capture) -> None:
    page = stack / "out" / "page.html"
    assert door.run(["report", str(stack), "--format", "html", "--output", str(page)]) == 0
    assert capsys.readouterr().out == ""
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_file_that_cannot_be_written_is_one_sentence(stack: Path, capsys: Capture) -> None:
    (stack / "taken").write_text("")
    assert door.run(["report", str(stack), "--output", str(stack / "taken" / "page.html")]) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"), [(["nobody"], "there is no run nobody"), (["nobody", "nowhere"], "nowhere is not a folder")]
)
def test_an_unknown_run_or_folder_is_a_usage_error(
    stack: Path, argv: list[str], said: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stack)
    assert door.run(["report", *argv]) == 2
    assert said in capsys.readouterr().err


def test_without_arguments_the_newest_run_of_this_folder_is_shown(
    stack: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stack)
    assert door.run(["report"]) == 0
    assert capsys.readouterr().out.startswith("✘ NO GO")


def test_no_run_yet_says_how_to_make_one(tmp_path: Path, capsys: Capture) -> None:
    assert door.run(["report", str(tmp_path)]) == 2
    assert "flawless check makes the first run" in capsys.readouterr().err


def test_the_written_settings_change_nothing_until_a_line_is_changed() -> None:
    assert load(settings_text(samples.stack())) == Settings()


def test_the_written_settings_hold_when_every_line_is_switched_on() -> None:
    lines = settings_text(samples.stack()).splitlines()
    active = [line.removeprefix("# ") if _is_setting(line) else line for line in lines]
    settings = load("\n".join(active), known=catalogue())
    assert settings.roles["nginx"] == "proxy"
    assert settings.migrations.service == "migrate"
    assert settings.soak == Settings().soak
    assert settings.waivers[0].check == "filesystem-writable"


def _is_setting(line: str) -> bool:
    return line.startswith("# [") or " = " in line


def test_a_hostile_service_name_stays_inside_its_comment() -> None:
    odd = samples.service('a"]\nosv_db = "/evil', role=Role.OTHER)
    assert load(settings_text(samples.stack(odd))) == Settings()


def test_init_writes_once_and_overwrites_only_when_forced(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    image: nginx:1.27\n    ports: ['80:80']\n")
    assert door.run(["init", str(tmp_path)]) == 0
    written = (tmp_path / "flawless.toml").read_text()
    assert '# "web" = "proxy"' in written
    assert load(written) == Settings()
    (tmp_path / "flawless.toml").write_text("# mine\n")
    assert door.run(["init", str(tmp_path)]) == 2
    assert "there already" in capsys.readouterr().err
    assert (tmp_path / "flawless.toml").read_text() == "# mine\n"
    assert door.run(["init", str(tmp_path), "--force"]) == 0
    assert (tmp_path / "flawless.toml").read_text() == written


def test_signs_that_an_encoding_lacks_become_their_likes() -> None:
    assert readable("✔ GO · ─", "ascii") == "+ GO - -"
    assert readable("✔ ünï", "utf-8") == "✔ ünï"
    assert readable("✔ ünï 漢", "latin-1") == "+ ünï ?"


def test_two_runs_are_compared(stack: Path, capsys: Capture) -> None:
    with SqliteLedger.open(stack / ".flawless" / "ledger.db") as ledger:
        ledger.record_run(structs.replace(REPORT, run_id="later", verdicts=REPORT.verdicts[1:]))
    assert door.run(["report", "--compare", REPORT.run_id, "later", str(stack)]) == 0
    assert "before: 1 check: service-unhealthy" in capsys.readouterr().out
    assert door.run(["report", str(stack), "--compare", REPORT.run_id, "later", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["only_before"] == ["service-unhealthy"]


def test_a_comparison_with_nothing_or_in_a_format_that_it_lacks_is_a_usage_error(stack: Path, capsys: Capture) -> None:
    assert door.run(["report", "--compare", REPORT.run_id, "nobody", str(stack)]) == 2
    assert "there is no run nobody" in capsys.readouterr().err
    assert door.run(["report", "--compare", REPORT.run_id, REPORT.run_id, str(stack), "--format", "sarif"]) == 2
    assert "give one of terminal, markdown, json" in capsys.readouterr().err
