"""A command that migrates, as a job of the stack."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.compose.migrations import JOB, job_role, with_job
from flawless.errors import UsageError
from flawless.model.settings import MigrationSettings

SETTINGS = MigrationSettings("backend", ("alembic", "upgrade", "head"))
MODEL: dict[str, Any] = {
    "name": "shop",
    "services": {
        "postgres": {"image": "postgres:16"},
        "worker": {"image": "shop/worker", "depends_on": {"postgres": {"condition": "service_started"}}},
        "backend": {
            "build": {"context": "/shop"},
            "command": ["serve"],
            "entrypoint": ["dumb-init", "--"],
            "environment": {"DATABASE_URL": "postgresql://app:secret@postgres/app"},
            "secrets": [{"source": "password"}],
            "networks": {"data": None},
            "user": "10001",
            "ports": [{"target": 8081, "published": "8081"}],
            "container_name": "shop-backend",
            "restart": "always",
            "healthcheck": {"test": ["CMD", "health"]},
            "deploy": {"replicas": 3},
            "depends_on": {
                "postgres": {"condition": "service_healthy"},
                "worker": {"condition": "service_started"},
            },
        },
    },
}


def test_the_job_is_the_service_with_another_command() -> None:
    job = with_job(MODEL, SETTINGS)["services"][JOB]
    assert job["command"] == ["alembic", "upgrade", "head"]
    for key in ("entrypoint", "environment", "secrets", "networks", "user"):
        assert job[key] == MODEL["services"]["backend"][key]


def test_the_job_does_not_serve_and_ends() -> None:
    job = with_job(MODEL, SETTINGS)["services"][JOB]
    assert not {"ports", "container_name", "deploy", "build"} & set(job)
    assert (job["restart"], job["healthcheck"]) == ("no", {"disable": True})


@pytest.mark.parametrize(("image", "name"), [({}, "shop-backend"), ({"image": "shop/api:1"}, "shop/api:1")])
def test_the_job_has_the_image_that_is_built_for_the_service(image: dict[str, str], name: str) -> None:
    services = {**MODEL["services"], "backend": {**MODEL["services"]["backend"], **image}}
    assert with_job({**MODEL, "services": services}, SETTINGS)["services"][JOB]["image"] == name


def test_the_job_waits_for_stores_only() -> None:
    assert list(with_job(MODEL, SETTINGS)["services"][JOB]["depends_on"]) == ["postgres"]


@pytest.mark.parametrize("settings", [MigrationSettings(), MigrationSettings("backend")])
def test_without_a_command_the_model_stays_as_it_is(settings: MigrationSettings) -> None:
    assert with_job(MODEL, settings) is MODEL


def test_a_service_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(UsageError, match="names no service of the stack: api") as caught:
        with_job(MODEL, MigrationSettings("api", ("migrate",)))
    assert "postgres, worker, backend" in caught.value.remedy


@pytest.mark.parametrize(
    ("settings", "roles"),
    [
        (MigrationSettings(), {}),
        (MigrationSettings("init-db"), {"init-db": "job"}),
        (SETTINGS, {JOB: "job"}),
    ],
)
def test_what_migrates_is_a_job(settings: MigrationSettings, roles: dict[str, str]) -> None:
    assert job_role(settings) == roles
