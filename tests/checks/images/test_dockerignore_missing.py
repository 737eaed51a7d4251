"""dockerignore-missing over what is found."""

from __future__ import annotations

import pytest

from flawless.checks.images.dockerignore_missing import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.facts import known
from flawless.model.keys import DOCKERIGNORE
from flawless.model.observed_files import IgnoreFile
from flawless.model.stack import Build
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS = Outcome.FAIL, Outcome.PASS


@pytest.mark.parametrize(
    ("ignore", "outcome", "said"),
    [
        (IgnoreFile("app/.dockerignore", True, True, ()), PASS, "keeps"),
        (IgnoreFile("app/.dockerignore", True, None, ()), PASS, "keeps"),
        (IgnoreFile("app/.dockerignore", True, False, ()), FAIL, "not tracked"),
        (IgnoreFile("app/.dockerignore", True, True, (".git", "key.pem")), FAIL, "lets in .git, key.pem"),
        (IgnoreFile("app/.dockerignore", False, None, ()), FAIL, "does not exist"),
    ],
)
def test_the_context_is_filtered_by_a_tracked_file(ignore: IgnoreFile, outcome: Outcome, said: str) -> None:
    build = Build("/sample/app", "/sample/app/Dockerfile", "", (), samples.HERE)
    world = samples.stack(samples.service("app", build=build))
    facts = [known(DOCKERIGNORE, "service:app", ignore)]
    verdict = ask(CHECK, Level.FILES, stack=world, facts=facts)
    assert verdict.outcome is outcome
    assert said in verdict.reason
