"""JUnit XML, against the form that build servers read."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from flawless.model.check import Finding, Outcome
from flawless.model.report import Report
from flawless.report.as_junit import to_junit

from .formats import hostile, of, verdict
from .sample import failed_deploy, file_check, good_deploy

# Element: attributes it must and may have, and the children it may have, as junit-10.xsd gives them.
NUMBERS = {"tests", "failures", "errors", "skipped"}
FORM: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"name", *NUMBERS}, {"time"}, {"testsuite"}),
    "testsuite": ({"name", *NUMBERS}, {"time", "timestamp"}, {"testcase", "system-out"}),
    "testcase": ({"name", "classname"}, {"time"}, {"failure", "error", "skipped"}),
    "failure": ({"message", "type"}, set(), set()),
    "error": ({"message", "type"}, set(), set()),
    "skipped": ({"message"}, set(), set()),
    "system-out": (set(), set(), set()),
}


def faults(element: ElementTree.Element) -> list[str]:
    """Where an element or one below it is not of the form."""
    must, may, children = FORM[element.tag]
    own = set(element.keys())
    found = [f"{element.tag} lacks {name}" for name in must - own]
    found += [f"{element.tag} has {name}" for name in own - must - may]
    found += [f"{child.tag} in {element.tag}" for child in element if child.tag not in children]
    return found + [fault for child in element for fault in faults(child)]


def counted(suite: ElementTree.Element) -> dict[str, int]:
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped", "tests": "testcase"}
    return {name: len(list(suite.iter(tag))) for name, tag in tags.items()}


@pytest.mark.parametrize("make", [failed_deploy, good_deploy, file_check, lambda: hostile("<a>\x1b]0;x\x07\ufffe")])
def test_every_report_has_the_form_and_the_right_numbers(make: Callable[[], Report]) -> None:
    root = ElementTree.fromstring(to_junit(make()))
    assert faults(root) == []
    for element in (root, *root):
        assert {name: int(element.get(name, "-1")) for name in counted(element)} == counted(element)


def test_the_form_would_notice() -> None:
    assert faults(ElementTree.fromstring("<testsuites><failure/></testsuites>")) != []


@pytest.mark.parametrize(
    ("outcome", "tag"),
    [
        (Outcome.FAIL, "failure"),
        (Outcome.UNKNOWN, "error"),
        (Outcome.ERROR, "error"),
        (Outcome.WAIVED, "skipped"),
        (Outcome.NOT_APPLICABLE, "skipped"),
    ],
)
def test_an_outcome_is_the_child_that_build_servers_know(outcome: Outcome, tag: str) -> None:
    root = ElementTree.fromstring(to_junit(of(verdict("runs-as-root", Finding("service:app", outcome, "m")))))
    (case,) = root.iter("testcase")
    assert [child.tag for child in case] == [tag]
    assert "m" in str(case[0].get("message"))


def test_what_passed_is_a_case_without_children() -> None:
    root = ElementTree.fromstring(to_junit(of(verdict("runs-as-root", Finding("stack", Outcome.PASS, "m")))))
    assert [len(case) for case in root.iter("testcase")] == [0]


def test_a_failure_names_every_service_what_to_do_and_where_to_read() -> None:
    findings = [Finding(f"service:s{number}", Outcome.FAIL, "is root", "add USER") for number in range(30)]
    root = ElementTree.fromstring(to_junit(of(verdict("runs-as-root", *findings))))
    (failure,) = root.iter("failure")
    text = str(failure.text)
    assert [f"s{number}" in text for number in range(30)] == [True] * 30
    assert "do: add USER" in text and "see: RFC 1" in text
