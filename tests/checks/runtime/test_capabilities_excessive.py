"""capabilities-excessive: the same rules for the file and for the container."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.runtime.capabilities_excessive import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Role
from flawless.testing import samples
from flawless.testing.ask import ask

GUARDED = ["no-new-privileges:true"]


@pytest.mark.parametrize("level", [Level.FILES, Level.LIVE])
@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.PASS),
        ({"privileged": True}, Outcome.FAIL),
        ({"cap_drop": []}, Outcome.FAIL),
        ({"cap_drop": ["NET_RAW"]}, Outcome.FAIL),
        ({"cap_drop": ["all"]}, Outcome.PASS),
        ({"cap_add": ["SYS_ADMIN"]}, Outcome.FAIL),
        ({"cap_add": ["CAP_NET_RAW"]}, Outcome.FAIL),
        ({"cap_add": ["CAP_NET_BIND_SERVICE", "chown"]}, Outcome.PASS),
        ({"security_opt": []}, Outcome.FAIL),
        ({"security_opt": ["no-new-privileges"]}, Outcome.PASS),
        ({"security_opt": ["no-new-privileges=true"]}, Outcome.PASS),
        ({"security_opt": ["no-new-privileges:false"]}, Outcome.FAIL),
        ({"security_opt": [*GUARDED, "seccomp=unconfined"]}, Outcome.FAIL),
        ({"security_opt": [*GUARDED, "apparmor:unconfined"]}, Outcome.FAIL),
        ({"security_opt": [*GUARDED, "seccomp=./profile.json"]}, Outcome.PASS),
    ],
)
def test_what_a_container_may_do(level: Level, changes: dict[str, Any], outcome: Outcome) -> None:
    if level is Level.FILES:
        frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()}
        verdict = ask(CHECK, level, stack=samples.stack(samples.service("backend", **frozen)))
    else:
        verdict = ask(CHECK, level, {"containers": {"service:backend": [changes]}})
    assert verdict.outcome is outcome


def test_a_service_without_container_is_not_asked() -> None:
    gone: dict[str, dict[str, list[str]]] = {"containers": {"service:backend": []}}
    world = samples.stack(samples.service("backend", role=Role.BACKEND))
    assert ask(CHECK, Level.LIVE, gone, stack=world).outcome is Outcome.NOT_APPLICABLE
