"""The single error door: one sentence, the right exit code, never a traceback."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from flawless.cli import _group, door
from flawless.cli._group import COMMANDS
from flawless.errors import CommandError, DeployError, EngineError, RefusedError, UsageError

Run = Callable[[Callable[[], object]], int]


@pytest.fixture
def ends_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command with the given body, in an empty folder; its exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def run(body: Callable[[], object]) -> int:
        module = types.ModuleType("door_probe")
        module.command = click.command()(body)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "door_probe", module)
        monkeypatch.setitem(_group.COMMANDS, "probe", ("door_probe", "A probe."))
        return door.run(["probe"])

    return run


def raising(error: BaseException) -> Callable[[], object]:
    def body() -> object:
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (RefusedError("x"), 6),
        (EngineError("x"), 3),
        (CommandError("x"), 1),
        (DeployError("x"), 4),
        (DeployError("x", exit_code=5), 5),
    ],
)
def test_an_expected_failure_has_its_own_exit_code(ends_with: Run, error: Exception, code: int) -> None:
    assert ends_with(raising(error)) == code


def test_an_expected_failure_is_one_sentence_with_place_and_remedy(
    ends_with: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    ends_with(raising(UsageError("the port is wrong", where="compose.yaml:7", remedy="correct it")))
    said = capsys.readouterr()
    assert said.err == "flawless: the port is wrong (compose.yaml:7)\n  do: correct it\n"
    assert said.out == ""


def test_control_characters_in_an_error_do_not_reach_the_terminal(
    ends_with: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    ends_with(raising(UsageError("service \x1b[2Jweb\x07 is odd")))
    assert capsys.readouterr().err == "flawless: service web is odd\n"


@pytest.mark.parametrize("code", [0, 1, 3, 4])
def test_a_command_s_return_value_is_the_exit_code(ends_with: Run, code: int) -> None:
    assert ends_with(lambda: code) == code


def test_a_command_that_returns_nothing_ends_well(ends_with: Run) -> None:
    assert ends_with(lambda: None) == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt(), asyncio.CancelledError(), click.Abort()])
def test_an_interruption_says_so(ends_with: Run, error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(raising(error)) == 130
    assert capsys.readouterr().err == "flawless: interrupted\n"


def test_a_bug_is_one_sentence_and_its_details_are_in_a_private_file(
    ends_with: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / ".flawless").mkdir()
    assert ends_with(raising(ValueError("postgres://app:hunter22@db/app is odd"))) == 70
    said = capsys.readouterr().err
    (details,) = (tmp_path / ".flawless").glob("bug-*.txt")
    assert f".flawless/{details.name}" in said
    assert "this is a bug" in said
    assert "Traceback" not in said
    text = details.read_text()
    assert "Traceback" in text
    assert "ValueError" in text
    assert "['probe']" in text
    assert "hunter22" not in text + said
    assert stat.S_IMODE(details.stat().st_mode) == 0o600


def test_without_a_state_folder_the_details_go_to_the_temporary_one(
    ends_with: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ends_with(raising(RecursionError()))
    (details,) = tmp_path.glob("flawless-bug-*.txt")
    assert str(details) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ExceptionGroup("tasks", [UsageError("x")]), 2),
        (ExceptionGroup("tasks", [ValueError("x"), EngineError("x")]), 3),
        (BaseExceptionGroup("tasks", [EngineError("x"), KeyboardInterrupt()]), 130),
        (ExceptionGroup("tasks", [ExceptionGroup("inner", [RefusedError("x")])]), 6),
        (ExceptionGroup("tasks", [ValueError("x")]), 70),
    ],
)
def test_a_group_of_failures_speaks_of_the_one_that_matters(ends_with: Run, error: BaseException, code: int) -> None:
    assert ends_with(raising(error)) == code


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["chek"], "Did you mean one of: 'check', 'checks'?"),
        (["--helq"], "--help"),
        (["checks", "--format", "xml"], "'xml' is not one of"),
        (["history", "/no/such/folder"], "does not exist"),
        (["explain"], "Missing argument"),
        (["explain", "port-publishd"], "did you mean port-published?"),
    ],
)
def test_a_usage_error_is_two_and_says_what_to_do(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert door.run(argv) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "\n  do: " in error


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert door.run([]) == 2
    assert "Commands:" in capsys.readouterr().err


def test_help_lists_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert door.run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in COMMANDS)
    assert all(f"{code} " in text for code in (0, 1, 2, 3, 4, 5, 6, 70, 130))


def flawless(*argv: str, **settings: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "flawless", *argv], capture_output=True, text=True, timeout=60, check=False, **settings
    )


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from flawless.cli import door; door.run(['--help']); print(*sys.modules, file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    heavy = {
        "asyncio",
        "rich",
        "jinja2",
        "msgspec",
        "aiohttp",
        "aiodocker",
        "httpx2",
        "sqlite3",
        "yaml",
        "cryptography",
    }
    assert heavy & set(ended.stderr.split()) == set()


def test_the_version_is_told() -> None:
    ended = flawless("--version")
    assert ended.stdout.startswith("flawless ")
    assert ended.returncode == 0


def test_a_lost_reader_is_no_error_to_speak_of() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-m", "flawless", "checks"], stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize("argv", [["--help"], ["checks"], ["explain", "port-published"]])
def test_a_full_disk_under_the_output_is_one_sentence(argv: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "flawless", *argv], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert ended.returncode == 2
    assert ended.stderr.decode() == "flawless: No space left on device\n  do: free some space, then try again\n"


def test_an_output_of_another_encoding_is_readable() -> None:
    ended = flawless("explain", "port-published", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (ended.returncode, ended.stderr) == (0, "")
