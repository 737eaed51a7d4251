"""A migration that is a command becomes a job of the stack, and is then like any other job. Pure."""

from __future__ import annotations

from typing import Any

from flawless.errors import UsageError
from flawless.model.settings import MigrationSettings
from flawless.model.stack import Role

Json = dict[str, Any]

JOB = "flawless-migrate"
# What belongs to the service that serves, and not to its image, its settings and its networks.
_SERVES = (
    "build", "command", "ports", "expose", "container_name", "healthcheck", "restart", "deploy", "scale", "depends_on",
    "profiles", "labels",
)  # fmt: skip


def job_role(settings: MigrationSettings) -> dict[str, str]:
    """The role of the service that migrates, as settings would give it."""
    name = JOB if settings.command else settings.service
    return {name: Role.JOB.value} if name else {}


def with_job(model: Json, settings: MigrationSettings) -> Json:
    """The model with a job for the command of the settings; UsageError when their service is not in it."""
    services = model["services"]
    if settings.service and settings.service not in services:
        what = f"migrations.service names no service of the stack: {settings.service}"
        raise UsageError(what, where="flawless.toml", remedy=f"the services are: {', '.join(services)}")
    if not settings.command:
        return model
    origin = services[settings.service]
    needed = {name: each for name, each in (origin.get("depends_on") or {}).items() if _first(services.get(name))}
    job = {
        **{key: value for key, value in origin.items() if key not in _SERVES},
        "image": origin.get("image") or f"{model.get('name', '')}-{settings.service}",
        "command": list(settings.command),
        "restart": "no",
        "healthcheck": {"disable": True},
        "depends_on": needed,
    }
    return {**model, "services": {**services, JOB: job}}


def _first(service: Json | None) -> bool:
    """Whether a service waits for nothing, as stores do: a migration comes before all that waits for something."""
    return bool(service) and not (service or {}).get("depends_on")
