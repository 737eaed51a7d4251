"""container-drifted over images and settings."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.runtime.container_drifted import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(
    ("service", "containers", "outcome"),
    [
        ("backend", [{"image_id": "sha256:backend"}], Outcome.PASS),
        ("backend", [{"image_id": "sha256:handmade"}], Outcome.FAIL),
        ("frontend", [{"image_id": "sha256:not-recorded"}], Outcome.PASS),
        ("frontend", [{"memory": 0}], Outcome.FAIL),
        ("frontend", [{"cpus": 2.0}], Outcome.FAIL),
        ("frontend", [{"pids": 5}], Outcome.FAIL),
        ("frontend", [{"read_only": False}], Outcome.FAIL),
        ("frontend", [{"privileged": True}], Outcome.FAIL),
        ("frontend", [{}, {"config_hash": "other"}], Outcome.FAIL),
        ("frontend", [{}, {}], Outcome.PASS),
        ("migrate", [{"image_id": "sha256:of-an-older-release", "memory": 0}], Outcome.PASS),
    ],
)
def test_a_container_must_be_as_declared(service: str, containers: list[Any], outcome: Outcome) -> None:
    assert ask(CHECK, Level.LIVE, {"containers": {f"service:{service}": containers}}).outcome is outcome


def test_a_service_without_container_is_not_asked() -> None:
    gone: dict[str, dict[str, list[str]]] = {"containers": {"service:backend": []}}
    world = samples.stack(samples.service("backend", role=Role.BACKEND))
    assert ask(CHECK, Level.LIVE, gone, stack=world).outcome is Outcome.NOT_APPLICABLE
