"""The engine's container JSON as ContainerState."""

from __future__ import annotations

import re

from flawless.model.observed import ContainerState, HeldVolume, Published
from flawless.ports.engine import HASH_LABEL, NUMBER_LABEL, REVISION_LABEL, Json
from flawless.ports.mask import Masker
from flawless.ports.streams import engine_time

_OUTPUT = 400
_ANONYMOUS = re.compile("[0-9a-f]{64}")  # the engine's own names; Compose's have the project in front


def container_state(raw: Json, masker: Masker) -> ContainerState:
    """One inspected container; the last healthcheck output is masked and cut to 400 characters."""
    state, config, host = raw["State"], raw["Config"], raw["HostConfig"]
    labels = config.get("Labels") or {}
    health = state.get("Health") or {}
    return ContainerState(
        id=raw["Id"],
        name=raw["Name"].lstrip("/"),
        number=int(labels.get(NUMBER_LABEL) or 0),
        image_id=raw["Image"],
        image=config.get("Image", ""),
        config_hash=labels.get(HASH_LABEL, ""),
        revision=labels.get(REVISION_LABEL, ""),
        state=state["Status"],
        health=health.get("Status", "none"),
        health_output=masker.mask(_last_output(health))[-_OUTPUT:],
        exit_code=int(state.get("ExitCode") or 0),
        oom_killed=bool(state.get("OOMKilled")),
        restart_count=int(raw.get("RestartCount") or 0),
        started_at=engine_time(state.get("StartedAt", "")),
        error=masker.mask(state.get("Error") or ""),
        user=config.get("User") or "",
        read_only=bool(host.get("ReadonlyRootfs")),
        privileged=bool(host.get("Privileged")),
        cap_add=tuple(host.get("CapAdd") or ()),
        cap_drop=tuple(host.get("CapDrop") or ()),
        security_opt=tuple(host.get("SecurityOpt") or ()),
        memory=int(host.get("Memory") or 0),
        cpus=_cpus(host),
        pids=int(host.get("PidsLimit") or 0),
        networks=_networks(raw),
        published=_published(raw),
        volumes=_volumes(raw),
    )


def _last_output(health: Json) -> str:
    log = health.get("Log") or [{}]
    return str(log[-1].get("Output") or "").strip()


def _cpus(host: Json) -> float:
    """CPUs from nano CPUs, else from quota and period; 0 for no limit."""
    if nano := host.get("NanoCpus"):
        return int(nano) / 1e9
    quota, period = int(host.get("CpuQuota") or 0), int(host.get("CpuPeriod") or 100_000)
    return quota / period if quota > 0 else 0.0


def _networks(raw: Json) -> dict[str, str]:
    networks = raw["NetworkSettings"].get("Networks") or {}
    return {name: entry.get("IPAddress") or "" for name, entry in networks.items()}


def _volumes(raw: Json) -> tuple[HeldVolume, ...]:
    mounts = [mount for mount in raw.get("Mounts") or () if mount.get("Type") == "volume"]
    return tuple(
        HeldVolume(mount["Name"], mount["Destination"], bool(_ANONYMOUS.fullmatch(mount["Name"]))) for mount in mounts
    )


def _published(raw: Json) -> tuple[Published, ...]:
    ports = raw["NetworkSettings"].get("Ports") or {}
    return tuple(
        Published(binding.get("HostIp", ""), int(binding.get("HostPort") or 0), int(target.partition("/")[0]))
        for target, bindings in ports.items()
        for binding in bindings or ()
    )
