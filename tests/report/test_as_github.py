"""Workflow commands for GitHub."""

from __future__ import annotations

import re

import pytest

from flawless.model.check import Finding, Outcome, Severity
from flawless.model.stack import Origin
from flawless.report.as_github import to_github

from .formats import of, verdict

COMMAND = re.compile(r"^::(error|warning|notice) ((?:\w+=[^,:]*,)*\w+=[^,:]*)::(.*)$")


def lines(*findings: Finding, severity: Severity = Severity.BLOCK, folder: str = "") -> list[str]:
    *commands, end = to_github(of(verdict("runs-as-root", *findings, severity=severity)), folder).splitlines()
    assert end.startswith("flawless: NO GO: ")
    return commands


@pytest.mark.parametrize(
    ("severity", "command"), [(Severity.BLOCK, "error"), (Severity.WARN, "warning"), (Severity.INFO, "notice")]
)
def test_a_failure_is_the_command_of_its_severity_at_its_line(severity: Severity, command: str) -> None:
    at = Origin("compose.yaml", 7)
    (line,) = lines(Finding("service:app", Outcome.FAIL, "is root", "add USER", at), severity=severity, folder="deploy")
    assert line == (
        f"::{command} file=deploy/compose.yaml,line=7,title=runs-as-root%3A a title::app: is root%0Ado: add USER"
    )


def test_what_could_not_be_told_is_an_annotation_that_says_so() -> None:
    (line,) = lines(Finding("stack", Outcome.UNKNOWN, "no engine"))
    assert line == "::error title=runs-as-root%3A a title (could not tell)::stack: no engine"


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.WAIVED, Outcome.NOT_APPLICABLE])
def test_nothing_else_is_an_annotation(outcome: Outcome) -> None:
    assert lines(Finding("stack", outcome, "m")) == []


def test_the_same_fault_on_one_line_of_a_dockerfile_is_one_annotation_for_all_its_services() -> None:
    at = Origin("Dockerfile", 1)
    (line,) = lines(*(Finding(f"service:s{number}", Outcome.FAIL, "is root", "", at) for number in range(3)))
    assert line.endswith("::s0, s1, s2: is root")


@pytest.mark.parametrize("text", ["a\n::error::b", "a,line=1::b", "100%0A::set-env", "x ##[set-env name=A]b"])
def test_text_from_files_makes_no_command_and_no_property(text: str) -> None:
    (line,) = lines(Finding(f"service:{text}", Outcome.FAIL, text, text, Origin(text, 2)))
    found = COMMAND.match(line)
    assert found is not None
    assert [pair.partition("=")[0] for pair in found[2].split(",")] == ["file", "line", "title"]
    assert "##[" not in line
