"""What a release changes against the one before it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from msgspec import structs

from flawless.deploy.changes import changes
from flawless.model.change import Change, ChangeKind, How
from flawless.model.release import ConfigFile, Release, ReleaseService

SECRET = "correct-horse-battery-staple"


def release(**different: Any) -> Release:
    """A release of two services; ``environment`` and ``service`` go into the model of the backend."""
    backend = {
        "image": different.pop("tag", "pinned:1"),
        "environment": {"LOG_LEVEL": "info", "PASSWORD": SECRET, **different.pop("environment", {})},
        **different.pop("service", {"command": ["serve"]}),
    }
    model = {"services": {"backend": backend, "postgres": {"image": "p"}}, **different.pop("model", {})}
    made = Release(
        id="r1",
        stack="viworks",
        revision="a" * 40,
        created=1.0,
        stack_digest="",
        env_digest="",
        services=(ReleaseService("backend", "sha256:1", "t", "c"), ReleaseService("postgres", "sha256:p", "t", "c")),
        config=json.dumps(model),
        files=(ConfigFile("nginx.conf", base64.b64encode(b"events {}").decode()),),
    )
    return structs.replace(made, **different)


def test_the_same_release_again_changes_nothing() -> None:
    assert changes(release(), release(id="r2", created=2.0, tag="pinned:2")) == ()


@pytest.mark.parametrize(
    ("different", "kind", "subject", "how", "name"),
    [
        ({"revision": "b" * 40}, ChangeKind.REVISION, "stack", How.CHANGED, ""),
        ({"environment": {"LOG_LEVEL": "debug"}}, ChangeKind.ENVIRONMENT, "backend", How.CHANGED, "LOG_LEVEL"),
        ({"environment": {"PASSWORD": "another"}}, ChangeKind.ENVIRONMENT, "backend", How.CHANGED, "PASSWORD"),
        ({"environment": {"NEW": "1"}}, ChangeKind.ENVIRONMENT, "backend", How.ADDED, "NEW"),
        ({"service": {"command": ["x"]}}, ChangeKind.CONFIGURATION, "backend", How.CHANGED, "command"),
        ({"service": {}}, ChangeKind.CONFIGURATION, "backend", How.REMOVED, "command"),
        ({"model": {"volumes": {"data": {}}}}, ChangeKind.CONFIGURATION, "stack", How.ADDED, "volumes.data"),
        ({"files": ()}, ChangeKind.FILE, "stack", How.REMOVED, "nginx.conf"),
        ({"files": (ConfigFile("nginx.conf", "e30="),)}, ChangeKind.FILE, "stack", How.CHANGED, "nginx.conf"),
    ],
)
def test_each_difference_is_one_line(
    different: dict[str, Any], kind: ChangeKind, subject: str, how: How, name: str
) -> None:
    (found,) = changes(release(), release(**different))
    assert (found.kind, found.subject, found.how, found.name) == (kind, subject, how, name)


def test_an_image_and_a_service_are_told_by_their_ids() -> None:
    services = (ReleaseService("backend", "sha256:2", "t", "c"), ReleaseService("worker", "sha256:w", "t", "c"))
    assert changes(release(), release(services=services)) == (
        Change(ChangeKind.SERVICE, "postgres", How.REMOVED, "", "sha256:p", ""),
        Change(ChangeKind.SERVICE, "worker", How.ADDED, "", "", "sha256:w"),
        Change(ChangeKind.IMAGE, "backend", How.CHANGED, "", "sha256:1", "sha256:2"),
    )


def test_no_value_is_told() -> None:
    found = changes(release(), release(environment={"PASSWORD": "hunter2-and-more"}))
    assert found and SECRET not in repr(found) and "hunter2" not in repr(found)
