"""engine-outdated over versions."""

from __future__ import annotations

import pytest

from flawless.checks.host.engine_outdated import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("engine", "compose", "outcome"),
    [
        ("28.0.0", "2.40.0", Outcome.PASS),
        ("25.0.3", "v2.20.0", Outcome.PASS),
        ("24.0.9", "2.40.0", Outcome.FAIL),
        ("20.10.24+dfsg1", "5.6.1", Outcome.FAIL),
        ("28.0.0", "2.19.1", Outcome.FAIL),
        ("28.0.0", "", Outcome.UNKNOWN),
        ("nightly", "2.40.0", Outcome.UNKNOWN),
    ],
)
def test_versions_out_of_support_fail_and_unreadable_ones_are_unknown(
    engine: str, compose: str, outcome: Outcome
) -> None:
    assert ask(CHECK, Level.LIVE, {"host": {"stack": {"engine": engine, "compose": compose}}}).outcome is outcome
