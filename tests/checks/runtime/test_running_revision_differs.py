"""running-revision-differs over version endpoint and labels."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.checks.runtime.running_revision_differs import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Build, Service, Stack
from flawless.testing import samples
from flawless.testing.ask import ask

OTHER = "f" * 40
BUILD = Build("/sample/backend", "/sample/backend/Dockerfile", "", (), samples.HERE)


def _built(service: Service) -> Service:
    return structs.replace(service, build=BUILD) if service.name in ("backend", "postgres") else service


def _stack() -> Stack:
    return samples.stack(*(_built(service) for service in samples.healthy_services()))


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.PASS),
        ({"version": {"stack": OTHER}}, Outcome.FAIL),
        ({"version": {"stack": samples.REVISION[:7]}}, Outcome.PASS),
        ({"version": {"stack": samples.REVISION[:6]}}, Outcome.FAIL),
        ({"version": {"stack": f"{samples.REVISION}-dirty"}}, Outcome.FAIL),
        ({"version": {"stack": ""}}, Outcome.UNKNOWN),
        ({"version": {"stack": {"unknown": "no answer"}}}, Outcome.UNKNOWN),
        ({"release": {"stack": {"revision": ""}}}, Outcome.UNKNOWN),
        ({"containers": {"service:backend": [{"revision": OTHER}]}}, Outcome.FAIL),
        ({"containers": {"service:backend": [{"revision": ""}]}}, Outcome.UNKNOWN),
        ({"containers": {"service:frontend": [{"revision": OTHER}]}}, Outcome.PASS),
        ({"containers": {"service:postgres": [{"revision": OTHER}]}}, Outcome.PASS),
    ],
)
def test_version_and_built_application_containers_must_name_the_release(
    changes: dict[str, Any], outcome: Outcome
) -> None:
    assert ask(CHECK, Level.LIVE, changes, stack=_stack()).outcome is outcome
