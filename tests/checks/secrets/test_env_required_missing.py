"""env-required-missing over what Compose said, what example files name, and what the source stops without."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.secrets.env_required_missing import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Origin, Problem
from flawless.testing import samples
from flawless.testing.ask import ask
from tests.checks.secrets._programs import given, program, reads


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ('The "API_KEY" variable is not set. Defaulting to a blank string.', Outcome.FAIL),
        ('The \\"API_KEY\\" variable is not set. Defaulting to a blank string.', Outcome.FAIL),
        ("the attribute `version` is obsolete", Outcome.PASS),
    ],
)
def test_what_compose_did_not_find_is_a_failure(message: str, outcome: Outcome) -> None:
    world = samples.stack(problems=(Problem(message, Origin("compose.yaml", 7)),))
    verdict = ask(CHECK, Level.FILES, stack=world)
    assert verdict.outcome is outcome
    if outcome is Outcome.FAIL:
        (finding,) = verdict.findings
        assert (finding.subject, str(finding.location)) == ("variable:API_KEY", "compose.yaml:7")


def test_what_an_example_names_and_nothing_provides_is_a_failure_once() -> None:
    example = [{"name": "API_KEY", "origin": {"file": ".env.example", "line": 2}}]
    verdict = ask(CHECK, Level.FILES, {"example-env": {"stack": example}})
    assert [finding.message for finding in verdict.findings] == ["API_KEY is in .env.example and nothing provides it"]
    world = samples.stack(problems=(Problem('The "API_KEY" variable is not set.', samples.HERE),))
    both = ask(CHECK, Level.FILES, {"example-env": {"stack": example}}, stack=world)
    assert len(both.findings) == 1


@pytest.mark.parametrize(
    ("name", "job", "source", "outcome"),
    [
        ("OTHER", (), {}, Outcome.FAIL),
        ("API_KEY", (), {}, Outcome.PASS),
        ("API_KEY_FILE", (), {}, Outcome.PASS),
        ("OTHER", ("API_KEY",), {}, Outcome.PASS),
        ("OTHER", (), {"shipped": ("API_KEY",)}, Outcome.PASS),
        ("OTHER", (), {"command": "app --api-key x"}, Outcome.PASS),
        ("API_KEYS", (), {}, Outcome.FAIL),
    ],
)
def test_what_the_source_stops_without_is_given_to_some_service_of_the_image(
    name: str, job: tuple[str, ...], source: dict[str, Any], outcome: Outcome
) -> None:
    facts = program(reads("API_KEY", required=True), **source)
    verdict = ask(CHECK, Level.FILES, stack=given(name, job=job), facts=facts)
    assert verdict.outcome is outcome, verdict.reason
    if outcome is Outcome.FAIL:
        assert (verdict.findings[0].subject, str(verdict.findings[0].location)) == ("variable:API_KEY", "app/main.py:7")
        assert verdict.reason.endswith("API_KEYS is given and never read") is (name == "API_KEYS")


@pytest.mark.parametrize("name", ["PATH", "HOME", "HOSTNAME", "TZ", "LANG", "CI", "NODE_ENV", "PYTHONPATH"])
def test_what_the_platform_gives_is_not_missing(name: str) -> None:
    verdict = ask(CHECK, Level.FILES, stack=given(), facts=program(reads(name, required=True)))
    assert verdict.outcome is Outcome.PASS


def test_a_default_is_named_where_an_example_says_that_a_variable_is_needed() -> None:
    example = {"example-env": {"stack": [{"name": "API_KEY", "origin": {"file": ".env.example", "line": 2}}]}}
    verdict = ask(CHECK, Level.FILES, example, stack=given(), facts=program(reads("API_KEY", default=True)))
    assert verdict.reason.endswith("the default in app/main.py:7 is used")
