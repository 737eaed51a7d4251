"""healthcheck-too-tight over times, roles and images."""

from __future__ import annotations

import pytest

from flawless.checks.images.healthcheck_too_tight import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Health, Role
from flawless.testing import samples
from flawless.testing.ask import ask
from tests.checks.conftest import AskDockerfile

FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE
Times = tuple[float | None, int | None, float | None]


@pytest.mark.parametrize(
    ("role", "image", "times", "outcome"),
    [
        (Role.BACKEND, "x", (2, 2, None), FAIL),
        (Role.BACKEND, "x", (2, 2, 15), PASS),
        (Role.BACKEND, "x", (10, 1, None), FAIL),
        (Role.BACKEND, "x", (10, 1, 5), PASS),
        (Role.BACKEND, "x", (None, 1, None), PASS),
        (Role.BACKEND, "x", (None, None, None), PASS),
        (Role.OTHER, "minio/minio", (1, 5, 1), PASS),
        (Role.DATABASE, "postgres:16", (2, 3, None), FAIL),
        (Role.DATABASE, "postgres:16", (5, 5, None), PASS),
        (Role.DATABASE, "postgres:16", (3, 10, None), PASS),
        (Role.CACHE, "redis:7", (1, 3, None), PASS),
        (Role.CACHE, "redis:7", (1, 1, None), PASS),
        (Role.OTHER, "quay.io/keycloak/keycloak:26", (5, 3, None), FAIL),
        (Role.OTHER, "quay.io/keycloak/keycloak:26", (5, 3, 30), PASS),
        (Role.JOB, "x", (1, 1, None), SKIP),
    ],
)
def test_the_first_possible_verdict_comes_after_the_least_start(
    role: Role, image: str, times: Times, outcome: Outcome
) -> None:
    interval, retries, start = times
    health = Health(("CMD", "x"), False, samples.HERE, interval, 2.0, retries, start)
    world = samples.stack(samples.service("app", role=role, image=image, health=health))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome


def test_the_longest_time_to_a_verdict_is_told() -> None:
    health = Health(("CMD", "x"), False, samples.HERE, 10.0, 5.0, 3, 30.0)
    verdict = ask(CHECK, Level.FILES, stack=samples.stack(samples.service("app", health=health)))
    assert "60 s after the start at the earliest" in verdict.reason
    assert "after 45 s at most" in verdict.reason


@pytest.mark.parametrize(
    ("flags", "outcome"),
    [
        ("--interval=1s --retries=2", FAIL),
        ("--interval=1s --retries=2 --start-period=1m", PASS),
        ("--interval=500ms --retries=3", FAIL),
        ("", PASS),
    ],
)
def test_times_of_the_dockerfile_count(ask_dockerfile: AskDockerfile, flags: str, outcome: Outcome) -> None:
    assert ask_dockerfile(CHECK, f"FROM x\nHEALTHCHECK {flags} CMD x").outcome is outcome


def test_compose_sets_single_times_of_the_dockerfile_s_own(ask_dockerfile: AskDockerfile) -> None:
    health = Health((), False, samples.HERE, None, None, None, 30.0)
    text = "FROM x\nHEALTHCHECK --interval=1s --retries=2 CMD x"
    assert ask_dockerfile(CHECK, text, health=health).outcome is PASS
