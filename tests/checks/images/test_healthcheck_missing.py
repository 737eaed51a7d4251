"""healthcheck-missing over Compose and Dockerfiles."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flawless.checks.images.healthcheck_missing import CHECK
from flawless.model.check import Outcome, Verdict
from flawless.model.stack import Health, Role
from flawless.testing import samples

AskDockerfile = Callable[..., Verdict]


def health(*test: str, disabled: bool = False) -> Health:
    return Health(test, disabled, samples.HERE)


@pytest.mark.parametrize(
    ("text", "changes", "outcome"),
    [
        ("FROM debian:12", {}, Outcome.FAIL),
        ("FROM debian:12\nHEALTHCHECK CMD /check", {}, Outcome.PASS),
        ("FROM debian:12\nHEALTHCHECK CMD /check\nHEALTHCHECK NONE", {}, Outcome.FAIL),
        ("FROM debian:12\nHEALTHCHECK CMD /check", {"health": health(disabled=True)}, Outcome.FAIL),
        ("FROM debian:12", {"health": health("CMD", "/check")}, Outcome.PASS),
        ("FROM debian:12", {"health": health("NONE")}, Outcome.FAIL),
        ("FROM debian:12", {"role": Role.JOB}, Outcome.NOT_APPLICABLE),
        ("FROM debian:12 AS a\nHEALTHCHECK CMD /check\nFROM debian:12", {}, Outcome.FAIL),
        ("FROM debian:12", {"build": None, "image": "redis:7"}, Outcome.FAIL),
        ("FROM debian:12", {"build": None, "image": "grafana/grafana:11"}, Outcome.UNKNOWN),
    ],
)
def test_every_service_but_a_job_has_a_healthcheck(
    ask_dockerfile: AskDockerfile, text: str, changes: dict[str, object], outcome: Outcome
) -> None:
    assert ask_dockerfile(CHECK, text, **changes).outcome is outcome
