"""build-fails over results of builds."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.code.build_fails import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import Build
from flawless.testing import samples
from flawless.testing.ask import ask

BUILD = Build("/sample", "/sample/Dockerfile", "", (), samples.HERE)
WORLD = samples.stack(samples.service("app", build=BUILD), samples.service("redis"))


@pytest.mark.parametrize(
    ("result", "outcome", "said"),
    [
        ({"ok": True, "seconds": 2.04}, Outcome.PASS, "built in 2.0 s"),
        ({"ok": False, "tail": ["one", "two"]}, Outcome.FAIL, "the build failed:\none\ntwo"),
        ({"ok": False, "tail": []}, Outcome.FAIL, "the build failed"),
        ({"unknown": "no engine"}, Outcome.UNKNOWN, "no engine"),
    ],
)
def test_the_build_decides_and_its_last_lines_are_shown(result: dict[str, Any], outcome: Outcome, said: str) -> None:
    verdict = ask(CHECK, Level.IMAGE, {"build": {"service:app": result}}, stack=WORLD)
    assert (verdict.outcome, verdict.reason) == (outcome, said)


def test_an_image_from_elsewhere_does_not_apply() -> None:
    verdict = ask(CHECK, Level.IMAGE, stack=samples.stack(samples.service("redis")))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
