"""base-image-floating over FROM lines."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flawless.checks.images.base_image_floating import CHECK
from flawless.model.check import Outcome, Verdict

AskDockerfile = Callable[..., Verdict]

DIGEST = "sha256:" + "1" * 64

FAIL, PASS, UNKNOWN = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("FROM debian", FAIL),
        ("FROM debian:latest", FAIL),
        ("FROM debian:bookworm-slim", FAIL),
        ("FROM registry:5000/team/app", FAIL),
        (f"FROM debian@{DIGEST}", PASS),
        (f"FROM debian:12@{DIGEST}", PASS),
        ("FROM scratch", PASS),
        (f"FROM node:22@{DIGEST} AS build\nFROM build", PASS),
        (f"FROM node:22 AS build\nFROM debian@{DIGEST}", FAIL),
        ("FROM ${BASE}", UNKNOWN),
    ],
)
def test_only_a_digest_pins_an_image(ask_dockerfile: AskDockerfile, text: str, outcome: Outcome) -> None:
    assert ask_dockerfile(CHECK, text).outcome is outcome
