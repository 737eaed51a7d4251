"""filesystem-writable in the file and in the container."""

from __future__ import annotations

import pytest

from flawless.checks.runtime.filesystem_writable import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask


@pytest.mark.parametrize(("read_only", "outcome"), [(True, Outcome.PASS), (False, Outcome.FAIL)])
def test_the_root_must_be_read_only(read_only: bool, outcome: Outcome) -> None:
    world = samples.stack(samples.service("backend", read_only=read_only))
    live = {"containers": {"service:backend": [{"read_only": read_only}]}}
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome
    assert ask(CHECK, Level.LIVE, live).outcome is outcome


def test_a_service_without_container_is_not_asked() -> None:
    gone: dict[str, dict[str, list[str]]] = {"containers": {"service:backend": []}}
    world = samples.stack(samples.service("backend", role=Role.BACKEND))
    assert ask(CHECK, Level.LIVE, gone, stack=world).outcome is Outcome.NOT_APPLICABLE
