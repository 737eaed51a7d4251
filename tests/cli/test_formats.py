"""The formats on the command line: one exit code for all, and whole texts through slow and broken pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec import structs

from flawless.cli._options import FORMATS
from flawless.cli._output import Showing, render
from flawless.ledger.sqlite import SqliteLedger
from flawless.model.check import Finding, Level, Outcome, Severity, Verdict
from flawless.model.report import SCHEMA, Decision, Report, StackRef, Tool

PROGRAM = (sys.executable, "-m", "flawless")
TINY = "services:\n  web:\n    image: example/web\n    ports: ['80:80']\n"
LARGE = 6_000


def report(findings: int) -> Report:
    """A no-go with as many findings."""
    found = tuple(
        Finding(f"service:s{number}", Outcome.FAIL, f"fault {number} " + "x" * 700, "mend it")
        for number in range(findings)
    )
    bad = Verdict("runs-as-root", "a title", Severity.BLOCK, Level.FILES, Outcome.FAIL, (), found, "fault")
    return Report(
        schema=SCHEMA, tool=Tool("flawless", "0"), run_id="20260101-000000-0000", phase="check",
        started="2026-01-01T00:00:00Z", seconds=1.0, stack=StackRef("shop", "sha256:0", ""),
        decision=Decision(False, 1, "1 blocking check failed", ("runs-as-root",)), verdicts=(bad,), checklist=(),
    )  # fmt: skip


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A stack that is a no-go."""
    (tmp_path / "compose.yaml").write_text(TINY)
    return tmp_path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A folder whose newest report takes more than 5 MB in any machine's format."""
    with SqliteLedger.open(tmp_path / "ledger.db") as book:
        book.record_run(report(LARGE), b"{}")
    return tmp_path


@pytest.mark.parametrize("shape", FORMATS)
def test_a_format_never_changes_the_exit_code(tiny: Path, shape: str) -> None:
    argv = (*PROGRAM, "check", str(tiny), "--format", shape, "--output", str(tiny / "out"))
    assert subprocess.run(argv, capture_output=True, timeout=60, check=False).returncode == 1
    assert (tiny / "out").read_text().strip()


@pytest.mark.parametrize("shape", ["json", "sarif", "junit", "github"])
@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
def test_a_large_report_is_whole_at_the_end_of_a_slow_pipe(large: Path, shape: str, blocking: bool) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, blocking)
    argv = (*PROGRAM, "report", str(large), "--ledger", str(large / "ledger.db"), "--format", shape)
    with subprocess.Popen(argv, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        parts = []
        while part := os.read(reader, 256 * 1024):
            parts.append(part)
            time.sleep(0.002)
        os.close(reader)
        assert process.wait(60) == 0, process.stderr and process.stderr.read()
    text = b"".join(parts).decode()
    assert len(text) > 5_000_000 or shape in ("junit", "github")
    assert text == render(report(LARGE), Showing(shape, directory=large))


@pytest.mark.parametrize("shape", ["json", "sarif", "markdown"])
def test_a_reader_that_goes_away_ends_it_quietly_with_the_code_of_a_closed_pipe(large: Path, shape: str) -> None:
    argv = (*PROGRAM, "report", str(large), "--ledger", str(large / "ledger.db"), "--format", shape)
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(argv, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_files_are_named_from_where_the_command_is_given(tiny: Path) -> None:
    argv = (*PROGRAM, "check", tiny.name, "--format", "sarif")
    done = subprocess.run(argv, cwd=tiny.parent, capture_output=True, text=True, timeout=60, check=False)
    places = [
        location["physicalLocation"]["artifactLocation"]["uri"]
        for result in json.loads(done.stdout)["runs"][0]["results"]
        for location in result["locations"]
        if "physicalLocation" in location
    ]
    assert places and set(places) == {f"{tiny.name}/compose.yaml"}


def test_everything_is_shown_when_it_is_asked_for() -> None:
    few = structs.replace(report(9))
    assert render(few, Showing()).count(": fault") == 3
    assert render(few, Showing(everything=True)).count(": fault") == 9
