"""runs-as-root over users, Dockerfiles, images and processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flawless.checks.images.runs_as_root import CHECK
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.stack import MASK, Build
from flawless.testing import samples
from flawless.testing.ask import ask

AskDockerfile = Callable[..., Verdict]
FAIL, PASS, UNKNOWN = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("user", "outcome"),
    [
        ("root", FAIL),
        ("0", FAIL),
        ("0:0", FAIL),
        ("00", FAIL),
        ("root:10001", FAIL),
        ("10001", PASS),
        ("10001:10001", PASS),
        ("10001:0", PASS),
        ("app", PASS),
    ],
)
def test_the_user_in_compose_counts_first(ask_dockerfile: AskDockerfile, user: str, outcome: Outcome) -> None:
    assert ask_dockerfile(CHECK, "FROM debian:12\nUSER 7", user=user).outcome is outcome
    world = samples.stack(samples.service("app", user=user))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome
    assert ask(CHECK, Level.IMAGE, {"image": {"service:app": {"user": "7"}}}, stack=world).outcome is outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("FROM debian:12", FAIL),
        ("FROM docker.io/library/python:3.12", FAIL),
        ("FROM debian:12\nUSER app", PASS),
        ("FROM debian:12\nUSER app\nRUN true\nUSER root", FAIL),
        ("FROM debian:12\nUSER 0\nRUN true\nUSER 101:101", PASS),
        ("FROM debian:12\nUSER ${UID:-10001}", PASS),
        ("FROM debian:12\nARG UID=10001\nUSER $UID", PASS),
        ("FROM debian:12\nARG UID=0\nUSER ${UID}:${UID}", FAIL),
        ("FROM debian:12\nARG UID\nUSER $UID", UNKNOWN),
        ("FROM debian:12 AS a\nUSER app\nFROM a", PASS),
        ("FROM debian:12 AS a\nUSER app\nFROM debian:12\nCOPY --from=a /x /x", FAIL),
        ("FROM gcr.io/distroless/static:nonroot", PASS),
        ("FROM nginxinc/nginx-unprivileged", PASS),
        ("FROM postgres:16", UNKNOWN),
        ('FROM debian:12\nENTRYPOINT ["gosu", "app", "/app"]', UNKNOWN),
    ],
)
def test_the_last_user_of_the_shipped_stage_counts(ask_dockerfile: AskDockerfile, text: str, outcome: Outcome) -> None:
    assert ask_dockerfile(CHECK, text).outcome is outcome


@pytest.mark.parametrize(("value", "outcome"), [("0", FAIL), ("5", PASS), (MASK, PASS)])
def test_a_build_argument_wins_over_the_default(ask_dockerfile: AskDockerfile, value: str, outcome: Outcome) -> None:
    build = Build("/sample", "/sample/Dockerfile", "", (samples.variable("UID", value),), samples.HERE)
    assert ask_dockerfile(CHECK, "FROM debian:12\nARG UID=10001\nUSER $UID", build=build).outcome is outcome


def test_a_pass_says_what_was_measured_and_where(ask_dockerfile: AskDockerfile) -> None:
    (finding,) = ask_dockerfile(CHECK, "FROM debian:12\nUSER 10001").findings
    assert finding.message == "USER 10001, app/Dockerfile:2"
    assert str(finding.location) == "app/Dockerfile:2"


@pytest.mark.parametrize("image", ["postgres:16", "redis:7-alpine", "someone/thing:1"])
def test_an_image_without_dockerfile_and_user_is_unknown_from_files(image: str) -> None:
    world = samples.stack(samples.service("db", image=image, user=""))
    assert ask(CHECK, Level.FILES, stack=world).outcome is UNKNOWN


@pytest.mark.parametrize(
    ("image", "user", "outcome"),
    [
        ("shop/app:1", "", FAIL),
        ("shop/app:1", "root", FAIL),
        ("shop/app:1", "0:0", FAIL),
        ("shop/app:1", "app", PASS),
        ("postgres:16", "", UNKNOWN),
        ("registry.example/library/redis:7", "", UNKNOWN),
        ("nginx:1.27", "", FAIL),
    ],
)
def test_the_users_of_images(image: str, user: str, outcome: Outcome) -> None:
    world = samples.stack(samples.service("app", image=image, user=""))
    assert ask(CHECK, Level.IMAGE, {"image": {"service:app": {"user": user}}}, stack=world).outcome is outcome


@pytest.mark.parametrize(
    ("uids", "outcome"), [([10001], PASS), ([0], FAIL), ([10001, 0], FAIL), ([999, 10001], PASS), ([], UNKNOWN)]
)
def test_every_process_counts_in_the_running_container(uids: list[int], outcome: Outcome) -> None:
    processes: list[dict[str, Any]] = [{"pid": 40 + number, "uid": uid} for number, uid in enumerate(uids)]
    assert ask(CHECK, Level.LIVE, {"processes": {"service:backend": processes}}).outcome is outcome
