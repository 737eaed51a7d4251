"""Go or no-go, and the exit code."""

from __future__ import annotations

import pytest

from flawless.judging.gate import gate
from flawless.model.check import Level, Outcome, Severity, Verdict
from flawless.model.settings import CheckSetting, Settings

ALLOW = Settings(checks={"c0": CheckSetting(when_unknown="warn", reason="no database of advisories here")})
BLOCK = Settings(checks={"c0": CheckSetting(when_unknown="block")})


def verdicts(*outcomes: Outcome, severity: Severity = Severity.BLOCK) -> list[Verdict]:
    return [Verdict(f"c{index}", "t", severity, Level.FILES, outcome, (), ()) for index, outcome in enumerate(outcomes)]


@pytest.mark.parametrize(
    ("outcomes", "go", "exit_code"),
    [
        ((Outcome.PASS,), True, 0),
        ((Outcome.WAIVED, Outcome.NOT_APPLICABLE), True, 0),
        ((Outcome.PASS, Outcome.FAIL), False, 1),
        ((Outcome.FAIL, Outcome.UNKNOWN), False, 1),
        ((Outcome.UNKNOWN, Outcome.PASS), False, 3),
        ((Outcome.ERROR,), False, 3),
        ((), False, 3),
    ],
)
def test_only_passed_waived_and_not_applicable_is_a_go(outcomes: tuple[Outcome, ...], go: bool, exit_code: int) -> None:
    decision = gate(verdicts(*outcomes), Settings())
    assert (decision.go, decision.exit_code) == (go, exit_code)


@pytest.mark.parametrize("severity", [Severity.WARN, Severity.INFO])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_what_does_not_block_never_stops_the_gate(severity: Severity, outcome: Outcome) -> None:
    assert gate(verdicts(outcome, severity=severity), Settings()).go


@pytest.mark.parametrize(
    ("settings", "allowed", "go"),
    [
        (Settings(), (), False),
        (Settings(), ("c0",), True),
        (Settings(), ("c1",), False),
        (ALLOW, (), True),
        (BLOCK, (), False),
    ],
)
def test_an_unknown_is_allowed_only_by_name(settings: Settings, allowed: tuple[str, ...], go: bool) -> None:
    decision = gate(verdicts(Outcome.UNKNOWN), settings, allowed)
    assert decision.go is go
    assert decision.allowed_unknown == (("c0",) if go else ())
    assert ("c0" in decision.reason) and decision.forced_by == (() if go else ("c0",))


def test_a_failure_cannot_be_allowed_as_unknown() -> None:
    decision = gate(verdicts(Outcome.FAIL), ALLOW, ["c0"])
    assert (decision.go, decision.exit_code, decision.forced_by) == (False, 1, ("c0",))


def test_the_reason_counts_and_names() -> None:
    assert gate(verdicts(Outcome.FAIL), Settings()).reason == "1 blocking check failed: c0"
    assert gate(verdicts(Outcome.FAIL, Outcome.FAIL), Settings()).reason == "2 blocking checks failed: c0, c1"
    assert gate(verdicts(Outcome.ERROR), Settings()).reason == "1 blocking check could not tell: c0"
    assert gate([], Settings()).reason == "nothing was judged"


@pytest.mark.parametrize(
    ("warned", "reason"),
    [
        (0, "no blocking check failed"),
        (1, "no blocking check failed; 1 warning"),
        (2, "no blocking check failed; 2 warnings"),
    ],
)
def test_a_go_tells_of_its_warnings(warned: int, reason: str) -> None:
    judged = verdicts(Outcome.PASS) + verdicts(*[Outcome.FAIL] * warned, severity=Severity.WARN)
    assert gate(judged, Settings()).reason == reason
