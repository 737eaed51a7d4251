"""What becomes of a rule: unknown, error and not-applicable are decided in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from flawless.judging.run import evidence_of, run
from flawless.model.check import Check, Finding, Level, Outcome, Rule, Severity, Verdict, View, worst
from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import STACK, Evidence, FactKey, Facts, Scope, known, unknown
from flawless.model.keys import CONTAINERS, DOCKERFILE, GIT, IMAGE
from flawless.model.stack import Build, Role
from flawless.testing import samples

EVIDENCE = Evidence("docker inspect", "0", "", "sha256:one", samples.NOW, 0.1)
IMAGE_FACTS = samples.PROTOTYPES["image"]
GIT_FACTS = samples.PROTOTYPES["git"]
BUILD = Build("/sample", "/sample/Dockerfile", "", (), samples.HERE)
WEB = samples.service("web")
DATABASE = samples.service("postgres", role=Role.DATABASE)


def says(*findings: Finding) -> Any:
    """A judgement that always answers the same."""
    return lambda _view: findings


def good(view: View) -> Iterator[Finding]:
    yield view.ok("looked at")


def bad(view: View) -> Iterator[Finding]:
    yield view.fail("broken")


def crash(_view: View) -> Iterable[Finding]:
    raise RuntimeError("divided by zero")


def verdict_of(rule: Rule, facts: Facts, *services: Any) -> Verdict:
    check = Check("sample-check", "a sample", Severity.BLOCK, ("P1.1",), (rule,), "do it right", "")
    (verdict,) = run([(check, rule)], samples.stack(*(services or (WEB,))), facts)
    return verdict


def test_a_fact_that_nobody_gathered_is_unknown_and_the_rule_is_not_asked() -> None:
    verdict = verdict_of(Rule(Level.IMAGE, crash, needs=(IMAGE,)), Facts())
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.reason == "nobody looked: image was not gathered"


def test_a_probe_that_could_not_tell_passes_on_its_reason_remedy_and_evidence() -> None:
    facts = Facts([unknown(IMAGE, "service:web", "no engine", (EVIDENCE,), "start it")])
    finding = verdict_of(Rule(Level.IMAGE, good, needs=(IMAGE,)), facts).findings[0]
    assert (finding.outcome, finding.message, finding.remedy) == (Outcome.UNKNOWN, "no engine", "start it")
    assert finding.evidence == ("sha256:one",)


def test_one_service_that_cannot_be_told_does_not_hide_another_that_fails() -> None:
    facts = Facts([known(IMAGE, "service:web", IMAGE_FACTS), unknown(IMAGE, "service:postgres", "gone")])
    verdict = verdict_of(Rule(Level.IMAGE, bad, needs=(IMAGE,)), facts, WEB, DATABASE)
    assert verdict.outcome is Outcome.FAIL
    assert [finding.outcome for finding in verdict.findings] == [Outcome.FAIL, Outcome.UNKNOWN]


def test_a_crash_is_an_error_of_that_subject_and_is_not_raised() -> None:
    verdict = verdict_of(Rule(Level.FILES, crash), Facts())
    assert verdict.outcome is Outcome.ERROR
    assert verdict.reason == "the check crashed: RuntimeError: divided by zero"


def test_silence_is_an_error() -> None:
    verdict = verdict_of(Rule(Level.FILES, says()), Facts())
    assert (verdict.outcome, verdict.reason) == (Outcome.ERROR, "the check said nothing")


def test_a_failure_without_a_remedy_gets_that_of_the_check() -> None:
    assert verdict_of(Rule(Level.FILES, bad), Facts()).findings[0].remedy == "do it right"
    own = says(Finding("service:web", Outcome.FAIL, "broken", "its own"))
    assert verdict_of(Rule(Level.FILES, own), Facts()).findings[0].remedy == "its own"


def test_a_pass_needs_no_remedy() -> None:
    assert verdict_of(Rule(Level.FILES, good), Facts()).findings[0].remedy == ""


@pytest.mark.parametrize(
    ("roles", "subjects"),
    [
        ((), ["service:web", "service:postgres"]),
        ((Role.DATABASE,), ["service:postgres"]),
        ((Role.PROXY, Role.CACHE), [STACK]),
    ],
)
def test_roles_narrow_the_services_that_are_asked(roles: tuple[Role, ...], subjects: list[str]) -> None:
    verdict = verdict_of(Rule(Level.FILES, good, roles=roles), Facts(), WEB, DATABASE)
    assert [finding.subject for finding in verdict.findings] == subjects


def test_a_stack_without_the_role_is_not_applicable_and_the_reason_names_it() -> None:
    verdict = verdict_of(Rule(Level.FILES, bad, roles=(Role.PROXY, Role.CACHE)), Facts())
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_APPLICABLE, "the stack has no proxy or cache")


def test_the_evidence_of_the_facts_stands_behind_the_findings_once() -> None:
    facts = Facts([known(IMAGE, "service:web", IMAGE_FACTS, (EVIDENCE, EVIDENCE))])
    assert verdict_of(Rule(Level.IMAGE, good, needs=(IMAGE,)), facts).findings[0].evidence == ("sha256:one",)
    own = says(Finding("service:web", Outcome.PASS, "seen", evidence=("sha256:other",)))
    assert verdict_of(Rule(Level.IMAGE, own, needs=(IMAGE,)), facts).findings[0].evidence == ("sha256:other",)
    assert evidence_of(facts) == {"sha256:one": EVIDENCE}


def test_a_service_rule_may_need_a_fact_of_the_stack() -> None:
    def judge(view: View) -> Iterator[Finding]:
        yield view.ok(view.get(GIT).revision)

    verdict = verdict_of(Rule(Level.FILES, judge, needs=(GIT,)), Facts([known(GIT, STACK, GIT_FACTS)]))
    assert (verdict.findings[0].subject, verdict.reason) == ("service:web", samples.REVISION)


def names_of(view: View) -> Iterator[Finding]:
    yield view.ok(" ".join(sorted(view.each(IMAGE))))


def test_a_stack_rule_judges_the_services_it_knows_and_names_the_others() -> None:
    facts = Facts([known(IMAGE, "service:web", IMAGE_FACTS), unknown(IMAGE, "service:postgres", "gone")])
    verdict = verdict_of(Rule(Level.IMAGE, names_of, Scope.STACK, needs=(IMAGE,)), facts)
    assert verdict.outcome is Outcome.UNKNOWN
    assert [finding.message for finding in verdict.findings] == ["gone", "web"]


@pytest.mark.parametrize(
    "facts",
    [
        Facts(),
        Facts([unknown(IMAGE, "service:web", "gone")]),
        Facts([known(IMAGE, "service:web", IMAGE_FACTS)]),
        Facts([known(GIT, STACK, GIT_FACTS)]),
    ],
    ids=["nothing", "one unknown", "without the stack's fact", "without any service's fact"],
)
def test_a_stack_rule_is_never_asked_without_a_fact_of_the_stack_or_of_any_service(facts: Facts) -> None:
    verdict = verdict_of(Rule(Level.IMAGE, crash, Scope.STACK, needs=(GIT, IMAGE)), facts)
    assert {finding.outcome for finding in verdict.findings} == {Outcome.UNKNOWN}


def test_facts_of_a_build_are_asked_only_of_services_that_are_built_here() -> None:
    def judge(view: View) -> Iterator[Finding]:
        found = view.find(DOCKERFILE)
        yield view.ok(found.path) if found else view.skip("image from elsewhere")

    built = samples.service("web", build=BUILD)
    verdict = verdict_of(Rule(Level.FILES, judge, built=(DOCKERFILE,)), Facts(), built, DATABASE)
    assert [finding.outcome for finding in verdict.findings] == [Outcome.UNKNOWN, Outcome.NOT_APPLICABLE]


@pytest.mark.parametrize(
    ("image", "outcome"),
    [("sample/web:1", Outcome.PASS), ("sample/other:1", Outcome.NOT_APPLICABLE), ("", Outcome.NOT_APPLICABLE)],
)
def test_a_service_that_runs_what_another_one_builds_is_judged_by_that_build(image: str, outcome: Outcome) -> None:
    def judge(view: View) -> Iterator[Finding]:
        found = view.find(DOCKERFILE)
        yield view.ok(found.path) if found else view.skip("image from elsewhere")

    facts = Facts([known(DOCKERFILE, "service:web", Dockerfile("web/Dockerfile", (), 0))])
    built = samples.service("web", build=BUILD)
    verdict = verdict_of(
        Rule(Level.FILES, judge, built=(DOCKERFILE,)), facts, built, samples.service("worker", image=image)
    )
    (worker,) = (finding for finding in verdict.findings if finding.subject == "service:worker")
    assert worker.outcome is outcome


def test_a_rule_of_stack_scope_has_no_service() -> None:
    def judge(view: View) -> Iterator[Finding]:
        yield view.ok(view.service.name)

    assert verdict_of(Rule(Level.FILES, judge, Scope.STACK), Facts()).outcome is Outcome.ERROR


def test_a_key_that_was_not_declared_cannot_be_read() -> None:
    def judge(view: View) -> Iterator[Finding]:
        yield view.ok(str(view.get(CONTAINERS)))

    facts = samples.healthy_facts(samples.stack(WEB))
    assert verdict_of(Rule(Level.LIVE, judge), facts).outcome is Outcome.ERROR


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((Outcome.PASS, Outcome.NOT_APPLICABLE), Outcome.PASS),
        ((Outcome.NOT_APPLICABLE,), Outcome.NOT_APPLICABLE),
        ((Outcome.PASS, Outcome.WAIVED), Outcome.WAIVED),
        ((Outcome.UNKNOWN, Outcome.WAIVED, Outcome.PASS), Outcome.UNKNOWN),
        ((Outcome.ERROR, Outcome.UNKNOWN), Outcome.ERROR),
        ((Outcome.ERROR, Outcome.FAIL, Outcome.PASS), Outcome.FAIL),
        ((), Outcome.ERROR),
    ],
)
def test_the_worst_finding_decides(outcomes: tuple[Outcome, ...], expected: Outcome) -> None:
    assert worst(Finding(STACK, outcome, "") for outcome in outcomes) is expected


def test_a_view_answers_in_four_ways() -> None:
    view = View(samples.stack(WEB), WEB, {})
    findings = (view.fail("f"), view.ok("p"), view.skip("n"), view.unclear("u", subject="other"))
    assert [finding.outcome.value for finding in findings] == ["fail", "pass", "not-applicable", "unknown"]
    assert [finding.subject for finding in findings] == ["service:web"] * 3 + ["other"]


def test_the_key_type_is_kept() -> None:
    key: FactKey[str] = FactKey("sample", str, Scope.STACK)
    view = View(samples.stack(WEB), None, {("sample", STACK): "value"})
    assert (view.get(key), view.subject) == ("value", STACK)
