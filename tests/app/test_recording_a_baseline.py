"""``flawless init --baseline``: what fails today is waived until a day, and the rest of the file stays as it is."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from flawless.app.check import check
from flawless.app.record import BEGIN, END, record_baseline
from flawless.app.session import Asked
from flawless.config import load
from flawless.errors import UsageError
from flawless.model.check import Outcome
from flawless.ports.bundle import Ports
from flawless.testing.fakes import FrozenClock
from flawless.testing.from_files import file_ports, write_files

STACK = {"compose.yaml": "services:\n  app:\n    image: example/app:1@sha256:" + "0" * 64 + "\n"}
BY_HAND = """\
# ours, with a comment
[[waivers]]   # and another
check = "restart-policy-missing"
reason = "it is started by hand"
owner = "ops"
"""


def ports(day: date) -> Ports:
    """Real files, and a clock that stands at noon of a day."""
    noon = (day - date(1970, 1, 1)).days * 86400.0 + 43200.0
    return structs.replace(file_ports(), clock=FrozenClock(noon))


TODAY = date(2026, 3, 1)


def record(root: Path, day: date = TODAY, days: int = 90) -> str:
    asyncio.run(record_baseline(root, ports(day), Asked(), lambda _: None, days=days))
    return (root / "flawless.toml").read_bytes().decode()


def outcomes(root: Path, day: date = TODAY) -> set[Outcome]:
    report = asyncio.run(check(root, ports(day), Asked(ledger=root / "l.db"), lambda _: None))
    return {verdict.outcome for verdict in report.verdicts}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A stack with failures and no settings."""
    write_files(tmp_path, STACK)
    return tmp_path


def test_a_first_baseline_comes_with_the_commented_settings_and_nothing_fails_any_more(root: Path) -> None:
    text = record(root)
    waivers = load(text).waivers
    assert text.startswith("# Settings of flawless")
    assert {waiver.until for waiver in waivers} == {"2026-05-30"}
    assert all(waiver.owner == "baseline" and "baseline of 2026-03-01" in waiver.reason for waiver in waivers)
    assert Outcome.FAIL not in outcomes(root) and Outcome.WAIVED in outcomes(root)


def test_after_its_last_day_the_failures_are_back(root: Path) -> None:
    record(root, days=10)
    assert Outcome.FAIL not in outcomes(root, TODAY + timedelta(days=10))
    assert Outcome.FAIL in outcomes(root, TODAY + timedelta(days=11))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_everything_else_in_the_file_stays_byte_for_byte(root: Path, end: str) -> None:
    before, after = BY_HAND.replace("\n", end), f"# the end{end}[soak]{end}logs = 1"
    (root / "flawless.toml").write_bytes(before.encode())
    first = record(root)
    assert first.startswith(before) and first.endswith(f"{END}{end}")
    (root / "flawless.toml").write_bytes((first + after).encode())
    again = record(root)
    assert again == first + after
    assert "restart-policy-missing" not in again[again.index(BEGIN) :]


def test_a_baseline_that_is_alive_keeps_its_day_and_an_expired_one_is_recorded_anew(root: Path) -> None:
    record(root, days=10)
    assert {waiver.until for waiver in load(record(root, TODAY + timedelta(days=5))).waivers} == {"2026-03-11"}
    assert {waiver.until for waiver in load(record(root, TODAY + timedelta(days=20))).waivers} == {"2026-06-19"}


def test_what_does_not_fail_any_more_is_dropped(root: Path) -> None:
    assert 'check = "logs-unbounded"' in record(root)
    text = (root / "compose.yaml").read_text()
    (root / "compose.yaml").write_text(f"{text}    logging: {{driver: local}}\n")
    assert 'check = "logs-unbounded"' not in record(root)


def test_a_list_of_waivers_on_one_line_is_refused_with_the_way_out(root: Path) -> None:
    line = 'waivers = [{check = "init-missing", reason = "r", owner = "o"}]\n'
    (root / "flawless.toml").write_text(line)
    with pytest.raises(UsageError, match="does not fit"):
        record(root)
    assert (root / "flawless.toml").read_text() == line


def test_a_lost_mark_is_refused(root: Path) -> None:
    (root / "flawless.toml").write_text(f"{BEGIN}\n")
    with pytest.raises(UsageError, match="marks"):
        record(root)
