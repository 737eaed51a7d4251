"""env-required-missing over what Compose said and what example files name."""

from __future__ import annotations

import pytest

from flawless.checks.secrets.env_required_missing import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Origin, Problem
from flawless.testing import samples
from flawless.testing.ask import ask


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
