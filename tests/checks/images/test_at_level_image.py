"""Checks that the image itself decides: its entrypoint, its healthcheck, what its layers hold."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.app.preparing import on_images
from flawless.checks.images import healthcheck_missing, init_doubled, init_missing, runs_as_root, single_stage_build
from flawless.checks.secrets import secret_in_image
from flawless.judging.select import needed, select
from flawless.model.check import Check, Level, Outcome
from flawless.model.facts import known
from flawless.model.keys import DOCKERFILE, IMAGE_FILES
from flawless.model.settings import Settings
from flawless.model.stack import Build, Health, Role, Service
from flawless.probes.files._dockerfile import parse
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS, UNKNOWN, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
BUILD = Build("/sample", "/sample/Dockerfile", "", (), samples.HERE)


def judged(check: Check, seen: dict[str, Any], **changes: Any) -> Outcome:
    world = samples.stack(samples.service("app", **{"image": "shop/app:1", **changes}))
    return ask(check, Level.IMAGE, {"image": {"service:app": seen}}, stack=world).outcome


@pytest.mark.parametrize(
    ("entrypoint", "command", "changes", "outcome"),
    [
        (["tini", "--"], ["app"], {}, PASS),
        (["/init"], [], {}, PASS),
        ([], ["app"], {}, FAIL),
        ([], ["app"], {"init": True}, PASS),
        ([], ["app"], {"role": Role.JOB}, SKIP),
        (["tini", "--"], ["app"], {"entrypoint": ("sh", "-c", "app")}, FAIL),
        ([], ["sh"], {"command": ("dumb-init", "app")}, PASS),
        ([], ["redis-server"], {}, SKIP),
        (["/docker-entrypoint.sh"], ["nginx"], {}, SKIP),
        (["/docker-entrypoint.sh"], ["app"], {}, UNKNOWN),
        (["/docker-entrypoint.sh"], ["app"], {"build": BUILD}, FAIL),
        (["docker-entrypoint.sh"], ["postgres"], {"image": "postgres:16"}, SKIP),
        ([], [], {}, UNKNOWN),
    ],
)
def test_pid_1_is_what_the_image_and_compose_start(
    entrypoint: list[str], command: list[str], changes: dict[str, Any], outcome: Outcome
) -> None:
    assert judged(init_missing.CHECK, {"entrypoint": entrypoint, "command": command}, **changes) is outcome


@pytest.mark.parametrize(
    ("entrypoint", "changes", "outcome"),
    [
        (["tini", "--"], {"init": True}, FAIL),
        (["/init"], {"init": True}, FAIL),
        ([], {"init": True}, PASS),
        (["tini", "--"], {"init": True, "entrypoint": ("app",)}, PASS),
        (["tini", "--"], {}, SKIP),
    ],
)
def test_an_init_in_the_image_is_enough(entrypoint: list[str], changes: dict[str, Any], outcome: Outcome) -> None:
    assert judged(init_doubled.CHECK, {"entrypoint": entrypoint}, **changes) is outcome


@pytest.mark.parametrize(
    ("brought", "declared", "outcome"),
    [
        (["CMD", "/healthcheck"], None, PASS),
        ([], None, FAIL),
        (["NONE"], None, FAIL),
        ([], Health(("CMD", "x"), False, samples.HERE), PASS),
        (["CMD", "/healthcheck"], Health((), True, samples.HERE), FAIL),
        (["CMD", "/healthcheck"], Health(("NONE",), False, samples.HERE), FAIL),
        (["CMD", "/healthcheck"], Health((), False, samples.HERE), PASS),
    ],
)
def test_the_healthcheck_of_the_image_counts_unless_compose_says_otherwise(
    brought: list[str], declared: Health | None, outcome: Outcome
) -> None:
    assert judged(healthcheck_missing.CHECK, {"health_test": brought}, health=declared) is outcome


def test_a_job_needs_neither() -> None:
    assert judged(healthcheck_missing.CHECK, {"health_test": []}, health=None, role=Role.JOB) is SKIP


@pytest.mark.parametrize(
    ("text", "files", "outcome", "words"),
    [
        ("FROM x", {}, PASS, "5 layers hold no compiler, build tool or source; the base image brings apt-get"),
        ("FROM x", {"compilers": [f"usr/bin/{name}" for name in ("cc", "gcc", "go", "make")]}, FAIL, "and 1 more"),
        ("FROM x", {"sources": ["app/main.rs"]}, FAIL, "the image holds the source: app/main.rs"),
        ("FROM rust:1", {"compilers": ["usr/bin/gcc"]}, FAIL, "which is a compiler"),
    ],
)
def test_what_only_the_build_needs_is_found_in_the_layers(
    text: str, files: dict[str, Any], outcome: Outcome, words: str
) -> None:
    world = samples.stack(samples.service("app", image="shop/app:1", build=BUILD))
    dockerfile = known(DOCKERFILE, "service:app", parse(text, "Dockerfile", BUILD))
    changes = {"image-files": {"service:app": files}} if files else {}
    verdict = ask(single_stage_build.CHECK, Level.IMAGE, changes, stack=world, facts=[dockerfile])
    assert verdict.outcome is outcome
    assert words in verdict.reason


def test_layers_are_searched_where_the_operator_waits_and_not_in_a_deploy() -> None:
    checks = (secret_in_image.CHECK, single_stage_build.CHECK)
    quick = select(checks, [Level.IMAGE], Settings())
    patient = select(checks, [Level.IMAGE], Settings(), slow=True)
    assert [check.id for check, _ in quick] == ["secret-in-image"]
    assert IMAGE_FILES not in needed(quick)
    assert IMAGE_FILES in needed(patient)


@pytest.mark.parametrize(
    ("build", "words"),
    [(BUILD, "history, environment and 5 layers show"), (None, "history and environment show no secret")],
)
def test_a_pass_claims_no_more_than_was_searched(build: Build | None, words: str) -> None:
    world = samples.stack(samples.service("app", image="shop/app:1", build=build))
    assert words in ask(secret_in_image.CHECK, Level.IMAGE, stack=world).reason


def test_a_built_image_goes_by_its_id_and_one_from_elsewhere_keeps_its_name() -> None:
    def service(name: str, **changes: Any) -> Service:
        return samples.service(name, user="", **changes)

    stack = samples.stack(
        service("app", image="shop/app:1", build=BUILD),
        service("worker", image="shop/app:1"),
        service("db", image="postgres:16"),
    )
    images = {"app": "sha256:a", "worker": "sha256:a", "db": "sha256:b"}
    built = on_images(stack, images)
    assert [each.image for each in built.services] == ["sha256:a", "sha256:a", "postgres:16"]
    seen = {"image": {f"service:{each.name}": {"user": ""} for each in built.services}}
    found = ask(runs_as_root.CHECK, Level.IMAGE, seen, stack=built).findings
    assert [finding.outcome for finding in found] == [FAIL, FAIL, UNKNOWN]
