"""disk-space-low over disks."""

from __future__ import annotations

import pytest

from flawless.checks.host.disk_space_low import CHECK, GB
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("free", "total", "outcome"),
    [
        (1.9, 10, Outcome.FAIL),
        (2.1, 10, Outcome.PASS),
        (4.9, 100, Outcome.FAIL),
        (5.1, 100, Outcome.PASS),
        (9.9, 2000, Outcome.FAIL),
        (10.1, 2000, Outcome.PASS),
    ],
)
def test_five_percent_between_two_and_ten_gigabytes(free: float, total: float, outcome: Outcome) -> None:
    disk = {"disk_free": round(free * GB), "disk_total": round(total * GB)}
    assert ask(CHECK, Level.LIVE, {"host": {"stack": disk}}).outcome is outcome


def test_a_disk_that_cannot_be_seen_is_unknown() -> None:
    assert ask(CHECK, Level.LIVE, {"host": {"stack": {"disk_free": None}}}).outcome is Outcome.UNKNOWN
