"""What is joined from facts and verdicts, and how the page and the exit code tell it."""

from __future__ import annotations

import json
from typing import Any

from flawless.app.diagnose import sights_of
from flawless.diagnose.rank import ranked
from flawless.model.diagnosis import Diagnosis
from flawless.report.diagnosis_page import diagnosis_json, diagnosis_page
from flawless.testing import samples

STACK = samples.stack()
NAMES = tuple(service.name for service in STACK.services)


def diagnosis(changes: dict[str, Any]) -> Diagnosis:
    """Of the healthy stack with some readings changed."""
    facts = samples.overlay(samples.healthy_facts(STACK), changes)
    sights = list(sights_of(STACK, NAMES, facts, ()))
    ill = tuple(sight.service for sight in sights if sight.ill)
    return Diagnosis(STACK.name, NAMES, ranked(sights), ill, ("everything",), ())


def test_a_healthy_stack_with_an_ended_job_is_well() -> None:
    found = diagnosis({})
    assert (found.causes, found.ill, found.exit_code) == ((), (), 0)
    assert "Nothing is wrong" in diagnosis_page(found)


def test_the_words_of_a_container_are_joined_to_its_state() -> None:
    ill = {"name": "sample-backend-1", "state": "restarting", "restart_count": 3, "exit_code": 1}
    words = [{"container": "sample-backend-1", "lines": ["KeyError: 'DATABASE_URL'"]}]
    found = diagnosis({"containers": {"service:backend": [ill]}, "last-words": {"service:backend": words}})
    assert [each.cause for each in found.causes] == ["environment-missing"]
    assert "seen: KeyError: 'DATABASE_URL'" in diagnosis_page(found)
    assert json.loads(diagnosis_json(found))["exit_code"] == 1


def test_a_service_that_was_never_started_is_not_called_well() -> None:
    found = diagnosis({"containers": {"service:redis": [], "service:migrate": []}})
    assert [(each.service, each.cause) for each in found.causes] == [("redis", "no-container")]


def test_what_is_not_known_is_said() -> None:
    odd = {"name": "sample-backend-1", "state": "exited", "exit_code": 77}
    found = diagnosis({"containers": {"service:backend": [odd]}})
    assert (found.unexplained, found.exit_code) == (("backend",), 3)
    assert "Not known: why backend" in diagnosis_page(found)
    assert "everything" in diagnosis_page(found)
