"""env-baked-at-build over when a value is given and when it is taken."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.secrets.env_baked_at_build import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.observed_files import NameRead
from flawless.model.stack import Origin
from flawless.testing.ask import ask
from tests.checks.secrets._programs import given, program, reads, untold

NAME = "VITE_API_URL"


@pytest.mark.parametrize(
    ("names", "source", "outcome"),
    [
        ((NAME,), {}, Outcome.FAIL),
        ((NAME,), {"at_build": (NAME,)}, Outcome.PASS),
        ((), {}, Outcome.PASS),
        ((NAME,), {"bundled": False}, Outcome.NOT_APPLICABLE),
        ((NAME,), {"untold": (untold("", "fill-in.sh"),)}, Outcome.PASS),
        ((NAME,), {"untold": (untold("VITE_", "fill-in"),)}, Outcome.PASS),
        ((NAME,), {"untold": (untold("", "src/all.ts"),)}, Outcome.FAIL),
    ],
)
def test_a_bundle_takes_its_settings_when_it_is_made(
    names: tuple[str, ...], source: dict[str, Any], outcome: Outcome
) -> None:
    facts = program(reads(NAME, baked=True), **{"bundled": True, **source})
    verdict = ask(CHECK, Level.FILES, stack=given(*names), facts=facts)
    assert verdict.outcome is outcome, verdict.reason
    if outcome is Outcome.FAIL:
        (finding,) = verdict.findings
        assert finding.subject == f"variable:{NAME}" and "ARG VITE_API_URL" in finding.remedy


def test_what_rust_takes_while_it_compiles_counts_without_a_bundle() -> None:
    facts = program(NameRead("GIT_SHA", Origin("src/main.rs", 3), baked=True))
    assert ask(CHECK, Level.FILES, stack=given("GIT_SHA"), facts=facts).outcome is Outcome.FAIL


def test_what_a_program_reads_when_it_runs_is_another_matter() -> None:
    facts = program(reads(NAME), bundled=True)
    assert ask(CHECK, Level.FILES, stack=given(NAME), facts=facts).outcome is Outcome.NOT_APPLICABLE
