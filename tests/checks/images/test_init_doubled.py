"""init-doubled over images, entrypoints and switches."""

from __future__ import annotations

import pytest

from flawless.checks.images.init_doubled import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing import samples
from flawless.testing.ask import ask
from tests.checks.conftest import AskDockerfile

FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("text", "init", "outcome"),
    [
        ('FROM x\nENTRYPOINT ["/usr/bin/tini", "--"]\nCMD ["a"]', True, FAIL),
        ('FROM x\nENTRYPOINT ["dumb-init", "a"]', True, FAIL),
        ('FROM x AS b\nENTRYPOINT ["tini", "a"]\nFROM y\nCMD ["a"]', True, PASS),
        ('FROM x\nENTRYPOINT ["tini", "a"]', False, SKIP),
        ('FROM x\nCMD ["a"]', True, PASS),
        ("FROM lscr.io/linuxserver/baseimage-alpine:3.20", True, FAIL),
    ],
)
def test_one_init_is_enough(ask_dockerfile: AskDockerfile, text: str, init: bool, outcome: Outcome) -> None:
    assert ask_dockerfile(CHECK, text, init=init).outcome is outcome


def test_an_entrypoint_in_compose_replaces_that_of_the_image(ask_dockerfile: AskDockerfile) -> None:
    text = 'FROM x\nENTRYPOINT ["tini", "--"]'
    assert ask_dockerfile(CHECK, text, init=True, entrypoint=("a",)).outcome is PASS
    assert ask_dockerfile(CHECK, "FROM x", init=True, entrypoint=("tini", "a")).outcome is FAIL


def test_what_an_image_from_elsewhere_starts_is_not_guessed() -> None:
    world = samples.stack(samples.service("app", init=True))
    assert ask(CHECK, Level.FILES, stack=world).outcome is SKIP
