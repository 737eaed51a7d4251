"""env-never-read over programs whose names can and cannot all be told."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.secrets.env_never_read import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.stack import EnvVar, Origin
from flawless.testing import samples
from flawless.testing.ask import ask
from tests.checks.secrets._programs import given, program, reads, untold


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("CHECKOUT_MODE", Outcome.FAIL),
        ("SHOP_URL", Outcome.PASS),
        ("SHOP_URL_FILE", Outcome.PASS),
        ("PYTHONUNBUFFERED", Outcome.PASS),
        ("WEB_CONCURRENCY", Outcome.PASS),
        ("TZ", Outcome.PASS),
        ("HTTPS_PROXY", Outcome.PASS),
        ("SHOP_URI", Outcome.PASS),  # env-name-drift says so
    ],
)
def test_each_variable_given_is_read(name: str, outcome: Outcome) -> None:
    verdict = ask(CHECK, Level.FILES, stack=given(name), facts=program(reads("SHOP_URL")))
    assert verdict.outcome is outcome, verdict.reason
    if outcome is Outcome.FAIL:
        assert verdict.reason == f"given and never read: {name}"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({"untold": (untold(),)}, "app/main.py:3 puts names together"),
        ({"unread": "it is too large"}, "it is too large"),
        ({"languages": ()}, "no source that reads variables was found"),
        ({"base": "tiangolo/uvicorn-gunicorn:3"}, "may run programs of its own"),
        ({"base": "postgres:16"}, "may run programs of its own"),
    ],
)
def test_nothing_is_said_of_programs_whose_names_cannot_be_told(source: dict[str, Any], why: str) -> None:
    verdict = ask(CHECK, Level.FILES, stack=given("CHECKOUT_MODE"), facts=program(reads("SHOP_URL"), **source))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert why in verdict.reason


@pytest.mark.parametrize("base", ["python:3.12", "node:22-alpine", "gcr.io/distroless/cc-debian12:nonroot", "scratch"])
def test_a_plain_base_brings_no_program_that_reads_names(base: str) -> None:
    facts = program(reads("SHOP_URL"), base=base)
    assert ask(CHECK, Level.FILES, stack=given("CHECKOUT_MODE"), facts=facts).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("file", "shared", "outcome"),
    [
        ("app.env", False, Outcome.FAIL),
        ("app.env", True, Outcome.PASS),
        (".env", False, Outcome.PASS),
    ],
)
def test_a_file_for_several_services_holds_names_for_others(file: str, shared: bool, outcome: Outcome) -> None:
    variable = EnvVar("CHECKOUT_MODE", "x", Origin(file, 3))
    files = (f"/sample/{file}",)
    app = samples.service("app", env=(variable,), env_files=files)
    other = samples.service("other", env_files=files if shared else ())
    verdict = ask(CHECK, Level.FILES, stack=samples.stack(app, other), facts=program(reads("SHOP_URL")))
    assert verdict.outcome is outcome
