"""backend-unreachable over tables of facts."""

from __future__ import annotations

import pytest

from flawless.checks.network.backend_unreachable import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.PASS),
        (204, Outcome.PASS),
        (0, Outcome.FAIL),
        (503, Outcome.FAIL),
        (302, Outcome.UNKNOWN),
        (404, Outcome.UNKNOWN),
    ],
)
def test_only_a_success_is_a_healthy_backend(status: int, outcome: Outcome) -> None:
    assert ask(CHECK, Level.LIVE, {"inside": {"stack": [{"status": status}]}}).outcome is outcome


def test_nobody_asked_is_unknown_and_without_backend_not_applicable() -> None:
    nothing: dict[str, dict[str, list[str]]] = {"inside": {"stack": []}}
    lonely = samples.stack(samples.service("nginx", role=Role.PROXY))
    assert ask(CHECK, Level.LIVE, nothing).outcome is Outcome.UNKNOWN
    assert ask(CHECK, Level.LIVE, nothing, stack=lonely).outcome is Outcome.NOT_APPLICABLE
