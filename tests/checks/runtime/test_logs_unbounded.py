"""logs-unbounded over log drivers."""

from __future__ import annotations

import pytest

from flawless.checks.runtime.logs_unbounded import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("driver", "options", "outcome"),
    [
        ("", {}, Outcome.FAIL),
        ("json-file", {}, Outcome.FAIL),
        ("json-file", {"max-file": "3"}, Outcome.FAIL),
        ("json-file", {"max-size": "-1"}, Outcome.FAIL),
        ("local", {"max-size": "-1"}, Outcome.FAIL),
        ("", {"max-size": "10m"}, Outcome.PASS),
        ("json-file", {"max-size": "10m"}, Outcome.PASS),
        ("local", {}, Outcome.PASS),
        ("journald", {}, Outcome.PASS),
    ],
)
def test_logs_need_a_limit_or_another_place(driver: str, options: dict[str, str], outcome: Outcome) -> None:
    world = samples.stack(samples.service("backend", log_driver=driver, log_options=options))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome
