"""secret-in-image over what was found."""

from __future__ import annotations

from flawless.checks.secrets.secret_in_image import CHECK
from flawless.model.check import Level, Outcome
from flawless.testing.ask import ask

HIT = {"path": ".env", "line": 3, "kind": "password"}


def test_the_image_is_searched_and_the_place_is_named() -> None:
    changes = {"image": {"service:backend": {"secrets": [HIT, {**HIT, "line": 0}]}}}
    verdict = ask(CHECK, Level.IMAGE, changes)
    messages = [finding.message for finding in verdict.findings if finding.outcome is Outcome.FAIL]
    assert messages == [f"the image holds a secret: password in .env{line}" for line in (":3", "")]
    assert ask(CHECK, Level.IMAGE).outcome is Outcome.PASS
