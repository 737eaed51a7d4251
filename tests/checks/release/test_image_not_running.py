"""image-not-running over image ids."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.release.image_not_running import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("containers", "outcome"),
    [
        ([{"image_id": "sha256:backend"}], Outcome.PASS),
        ([{"image_id": "sha256:old"}], Outcome.FAIL),
        ([{"image_id": "sha256:backend"}, {"image_id": "sha256:old"}], Outcome.FAIL),
        ([], Outcome.FAIL),
    ],
)
def test_every_container_runs_the_recorded_image(containers: list[Any], outcome: Outcome) -> None:
    assert ask(CHECK, Level.LIVE, {"containers": {"service:backend": containers}}).outcome is outcome


def test_services_that_the_release_does_not_record_are_not_asked() -> None:
    changes: dict[str, Any] = {"release": {"stack": {"images": {}}}}
    assert ask(CHECK, Level.LIVE, changes).outcome is Outcome.NOT_APPLICABLE
