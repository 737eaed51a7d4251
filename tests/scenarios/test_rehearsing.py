"""A throwaway copy of the stack: booted, looked at, cut off from its store, stopped, and gone."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from flawless.judging.catalogue import catalogue
from tests.scenarios.harness import COMMAND_SECONDS, FLAWLESS, Result, docker, free_port, until

pytestmark = pytest.mark.engine

HERE = Path(__file__).resolve().parent / "rehearsed"
ALLOWED = tuple(word for check in catalogue() for word in ("--allow-unknown", check))
REHEARSED = (
    "service-not-running", "service-unhealthy", "healthcheck-too-tight", "healthcheck-wrong-target", "readiness-lies",
    "signals-swallowed", "secret-logged",
)  # fmt: skip


class Stack:
    """A checkout of the stack that is rehearsed, under a name of its own."""

    def __init__(self, folder: Path, name: str, behaviour: str = "") -> None:
        self.folder = folder / "stack"
        self.name = f"{name}{os.getpid()}"
        shutil.copytree(HERE, self.folder)
        compose = self.folder / "compose.yaml"
        compose.write_text(compose.read_text().replace("rehearsed-web", f"{self.name}-web"))
        self.environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": self.name,
            "HTTP_PORT": str(free_port()),
            "BEHAVIOUR": behaviour,
            "NO_COLOR": "1",
        }

    def start(self) -> subprocess.Popen[str]:
        """Begin a rehearsal."""
        return subprocess.Popen(
            (*FLAWLESS, "check", "--rehearse", *ALLOWED),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def rehearse(self) -> Result:
        """Rehearse to the end."""
        process = self.start()
        out, err = process.communicate(timeout=COMMAND_SECONDS)
        done = subprocess.CompletedProcess((), process.returncode, out, err)
        return Result(done, self.folder / ".flawless" / "report.json")

    def left(self) -> list[str]:
        """What the engine has that belongs to a copy of this stack."""
        of = f"label=flawless.copy={self.name}"
        lists = (("ps", "--all", "--quiet"), ("network", "ls", "--quiet"), ("volume", "ls", "--quiet"))
        found = [f"{words[0]} {each}" for words in lists for each in docker(*words, "--filter", of).split()]
        return found + docker("images", "--quiet", "--filter", f"reference=flawless/{self.name}-*").split()


def verdict(result: Result, check: str) -> dict[str, Any]:
    """What the report says of a check."""
    return next(each for each in result.report["verdicts"] if each["check"] == check)


def failed(result: Result) -> set[str]:
    """The checks that were judged in the rehearsal and failed."""
    return {
        each["check"]
        for each in result.report["verdicts"]
        if each["level"] == "rehearsal" and each["outcome"] == "fail"
    }


def test_a_good_stack_is_judged_in_a_copy_of_which_nothing_is_left(tmp_path: Path) -> None:
    stack = Stack(tmp_path, "flgoodcopy")
    result = stack.rehearse()
    said = {check: (verdict(result, check)["level"], verdict(result, check)["outcome"]) for check in REHEARSED}
    assert said == dict.fromkeys(REHEARSED, ("rehearsal", "pass")), result.out + result.err
    assert failed(result) == set()
    assert "/health/ready said no after" in verdict(result, "readiness-lies")["reason"]
    answers = [each["message"] for each in verdict(result, "signals-swallowed")["findings"]]
    assert any("POST /work was in flight and got 404" in each for each in answers), answers
    assert stack.left() == []
    assert docker("ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={stack.name}") == ""


@pytest.mark.full
def test_what_lies_what_is_deaf_and_what_talks_is_told(tmp_path: Path) -> None:
    stack = Stack(tmp_path, "flbadcopy", "lies deaf talks")
    result = stack.rehearse()
    assert failed(result) == {"readiness-lies", "signals-swallowed", "secret-logged"}, result.out + result.err
    assert "the secret API_TOKEN in one line" in verdict(result, "secret-logged")["reason"]
    written = "".join(path.read_text() for path in (stack.folder / ".flawless").glob("*.json"))
    assert "q7Zr2Kx9" not in written + result.out + result.err
    assert stack.left() == []


@pytest.mark.full
def test_a_request_that_is_broken_off_is_told(tmp_path: Path) -> None:
    stack = Stack(tmp_path, "flrudecopy", "rude")
    result = stack.rehearse()
    assert failed(result) == {"signals-swallowed"}, result.out + result.err
    assert "POST /work was in flight when SIGTERM came" in verdict(result, "signals-swallowed")["reason"]
    assert stack.left() == []


@pytest.mark.full
def test_a_service_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    stack = Stack(tmp_path, "fldeadcopy", "dies")
    result = stack.rehearse()
    reason = verdict(result, "service-not-running")["reason"]
    assert result.code == 1, result.out + result.err
    assert "JWT_SECRET is not set" in reason
    assert stack.left() == []


@pytest.mark.full
def test_what_a_killed_rehearsal_left_goes_at_the_next(tmp_path: Path) -> None:
    stack = Stack(tmp_path, "flkilledcopy")
    process = stack.start()
    of = f"label=flawless.copy={stack.name}"
    until(lambda: len(docker("ps", "--quiet", "--filter", of).split()) >= 2, 120, "the copy runs")
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    assert stack.left(), "nothing was killed in the middle"
    again = stack.rehearse()
    assert verdict(again, "readiness-lies")["outcome"] == "pass", again.out + again.err
    assert stack.left() == []
