"""Services that build nothing: an image from elsewhere, and one that another service builds."""

from __future__ import annotations

import pytest

from flawless.checks.code import build_fails, build_failure_masked
from flawless.checks.images import (
    base_image_floating,
    dockerignore_missing,
    init_missing,
    layer_cache_defeated,
    package_cache_kept,
    runs_as_root,
    signals_swallowed,
    single_stage_build,
    stub_build_shipped,
)
from flawless.checks.secrets import backtrace_disabled
from flawless.model.check import Check, Level, Outcome
from flawless.model.dockerfile import Dockerfile
from flawless.model.facts import known
from flawless.model.keys import DOCKERFILE
from flawless.model.stack import Build, Role
from flawless.probes.files._dockerfile import parse
from flawless.testing import samples
from flawless.testing.ask import ask

BUILD = Build("/sample", "/sample/Dockerfile", "", (), samples.HERE)
TEXT = """FROM python:3.12
ENV PYTHONFAULTHANDLER=1
USER 10001
ENTRYPOINT ["dumb-init", "--"]
CMD ["python", "-m", "app"]
"""
OF_THE_BUILD = [
    (build_failure_masked.CHECK, Level.FILES),
    (build_fails.CHECK, Level.IMAGE),
    (dockerignore_missing.CHECK, Level.FILES),
    (layer_cache_defeated.CHECK, Level.FILES),
    (package_cache_kept.CHECK, Level.FILES),
    (single_stage_build.CHECK, Level.FILES),
    (stub_build_shipped.CHECK, Level.FILES),
]
OF_THE_SERVICE = [
    (runs_as_root.CHECK, Outcome.PASS, Outcome.UNKNOWN),
    (init_missing.CHECK, Outcome.PASS, Outcome.FAIL),
    (signals_swallowed.CHECK, Outcome.PASS, Outcome.PASS),
    (backtrace_disabled.CHECK, Outcome.PASS, Outcome.FAIL),
]


def dockerfile(text: str = TEXT) -> Dockerfile:
    return parse(text, "Dockerfile", BUILD)


@pytest.mark.parametrize(("check", "level"), OF_THE_BUILD, ids=lambda value: getattr(value, "id", None))
def test_what_is_asked_of_a_build_does_not_apply_without_one(check: Check, level: Level) -> None:
    world = samples.stack(samples.service("app", image="someone/thing:1"))
    assert ask(check, level, stack=world).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(("check", "shared", "alone"), OF_THE_SERVICE, ids=lambda value: getattr(value, "id", None))
def test_a_worker_is_judged_by_the_dockerfile_of_the_service_that_builds_its_image(
    check: Check, shared: Outcome, alone: Outcome
) -> None:
    app = samples.service("app", image="shop/app", build=BUILD, user="")
    worker = samples.service("worker", image="shop/app", user="", entrypoint=None, command=("python", "-m", "work"))
    facts = [known(DOCKERFILE, "service:app", dockerfile())]
    together = ask(check, Level.FILES, stack=samples.stack(app, worker), facts=facts)
    assert {finding.subject: finding.outcome for finding in together.findings}["service:worker"] is shared
    lonely = samples.service("worker", image="shop/app", user="", entrypoint=("python",), command=("-m", "work"))
    assert ask(check, Level.FILES, stack=samples.stack(lonely)).outcome is alone


@pytest.mark.parametrize(
    ("image", "outcome"),
    [
        ("shop/app", Outcome.NOT_APPLICABLE),
        ("redis", Outcome.FAIL),
        ("redis:7", Outcome.FAIL),
        ("redis@sha256:" + "1" * 64, Outcome.PASS),
        ("", Outcome.UNKNOWN),
    ],
)
def test_an_image_that_is_pulled_is_pinned_and_one_that_is_built_here_is_not_asked(
    image: str, outcome: Outcome
) -> None:
    app = samples.service("app", image="shop/app", build=BUILD)
    world = samples.stack(app, samples.service("other", image=image, role=Role.CACHE))
    facts = [known(DOCKERFILE, "service:app", dockerfile("FROM scratch"))]
    verdict = ask(base_image_floating.CHECK, Level.FILES, stack=world, facts=facts)
    assert {finding.subject: finding.outcome for finding in verdict.findings}["service:other"] is outcome
