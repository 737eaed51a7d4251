"""The engine's numbers and images as facts, without an engine."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.model.observed_files import SecretHit
from flawless.probes.images.image_config import image_facts
from flawless.probes.live._figures import cores_used, memory_used
from flawless.probes.live._services import UnseenError


def cpu(total: int, system: int) -> dict[str, Any]:
    return {"cpu_usage": {"total_usage": total}, "system_cpu_usage": system, "online_cpus": 4}


@pytest.mark.parametrize(
    "cache",
    [
        {"total_inactive_file": 30, "total_active_file": 5, "active_file": 1},
        {"inactive_file": 20, "active_file": 5, "slab_reclaimable": 10},
        {"total_rss": 40, "total_cache": 28, "total_inactive_file": 1, "total_active_file": 2, "rss": 3},
    ],
)
def test_memory_is_counted_without_what_the_kernel_can_take_back(cache: dict[str, int]) -> None:
    assert memory_used({"memory_stats": {"usage": 100, "stats": cache}}) == 65


def test_one_core_kept_busy_is_one_core() -> None:
    assert cores_used({"cpu_stats": cpu(150, 1400), "precpu_stats": cpu(50, 1000)}) == pytest.approx(1.0)


@pytest.mark.parametrize("reading", [{"cpu_stats": cpu(1, 1)}, {"cpu_stats": cpu(1, 1), "precpu_stats": {}}])
def test_a_single_reading_of_the_cpu_is_no_usage(reading: dict[str, Any]) -> None:
    with pytest.raises(UnseenError, match="one reading"):
        cores_used(reading)


def test_missing_memory_statistics_are_not_zero_memory() -> None:
    with pytest.raises(UnseenError, match="no memory statistics"):
        memory_used({"memory_stats": {}})


def image(env: list[str] | None = None) -> dict[str, Any]:
    return {"Id": "sha256:1", "Size": 5, "Config": {"Env": env or [], "User": "10001", "Labels": {"a": "b"}}}


@pytest.mark.parametrize(
    "entry",
    [
        "JWT_SECRET=abc",
        "POSTGRES_PASSWORD=postgres",
        "STRIPE_API_KEY=sk_live_1",
        "DATABASE_URL=postgresql://app:hunter2@db/app",
    ],
)
def test_a_secret_in_an_images_environment_is_found(entry: str) -> None:
    assert image_facts(image([entry]), [], str).secrets == (SecretHit("environment", 0, entry.partition("=")[0]),)


@pytest.mark.parametrize(
    "entry",
    [
        "JWT_SECRET=",
        "JWT_SECRET_FILE=/run/secrets/jwt",
        "DB_PASSWORD=/run/secrets/password",
        "GPG_KEY=A035C8C19219BA82",
        "PATH=/bin",
        "TOKEN_TTL=60",
        "DATABASE_URL=postgresql://app@db/app",
    ],
)
def test_a_name_that_holds_no_secret_is_none(entry: str) -> None:
    assert image_facts(image([entry]), [], str).secrets == ()


@pytest.mark.parametrize(
    "command",
    [
        "/bin/sh -c #(nop)  ENV JWT_SECRET=abc",
        "|1 NPM_TOKEN=abc /bin/sh -c npm ci",
        'RUN /bin/sh -c PASSWORD="abc" ./install # buildkit',
    ],
)
def test_a_secret_in_the_history_is_found_with_its_layer(command: str) -> None:
    found = image_facts(image(), [{"CreatedBy": command}, {"CreatedBy": "/bin/sh -c #(nop) ADD file:1 in /"}], str)
    assert [(hit.path, hit.line) for hit in found.secrets] == [("history", 2)]
    assert "abc" not in str(found)


@pytest.mark.parametrize(
    "command",
    [
        'RUN TOKEN="$(cat /run/secrets/token)" npm ci',
        "ARG NPM_TOKEN",
        "ENV PASSWORD_FILE=/run/x",
        "RUN printf 'DB_PASSWORD=\\n' >.env.example",
        "",
    ],
)
def test_a_reference_to_a_secret_in_the_history_is_none(command: str) -> None:
    assert image_facts(image(), [{"CreatedBy": command}], str).secrets == ()
