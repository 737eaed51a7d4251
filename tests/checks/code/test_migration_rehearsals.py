"""migration-fails, migration-not-repeatable and migration-breaks-previous-release over what a rehearsal saw."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.code import migration_breaks_previous_release as breaks
from flawless.checks.code import migration_fails as fails
from flawless.checks.code import migration_not_repeatable as repeats
from flawless.model.check import Level, Outcome, Verdict
from flawless.testing.ask import ask

FAIL, PASS, UNKNOWN, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
EMPTY: dict[str, Any] = {"on": "empty", "seconds": 1.0}
AGAIN: dict[str, Any] = {"on": "again", "seconds": 1.0}
COPY: dict[str, Any] = {"on": "copy", "seconds": 1.0}
BROKEN: dict[str, Any] = {"job": "migrate", "status": 3, "output": ["reading", "ERROR: no such table"]}
NOTHING: dict[str, Any] = {"jobs": [], "passes": [], "reason": "no job runs in this deploy", "former": None}
FORMER: dict[str, Any] = {"release": "r1", "moved": True, "services": ["backend"]}


def asked(module: Any, **changes: Any) -> Verdict:
    return ask(module.CHECK, Level.REHEARSAL, {"migration-rehearsal": {"stack": changes}})


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({}, PASS, "on an empty database and on a copy of the one that runs"),
        ({"copied": "schema"}, PASS, "of its schema only"),
        (NOTHING, SKIP, "no job runs in this deploy"),
        ({"passes": []}, UNKNOWN, "no pass on an empty database was made"),
        ({"passes": [{**EMPTY, **BROKEN}]}, FAIL, "status 3 on an empty PostgreSQL 15.14: ERROR: no such table"),
        ({"passes": [{**EMPTY, **BROKEN, "status": None, "seconds": 600.0}]}, FAIL, "did not end in 600 s"),
        ({"passes": [EMPTY, {**AGAIN, **BROKEN}, COPY]}, PASS, "ended with 0"),
        ({"passes": [EMPTY, AGAIN, {**COPY, **BROKEN}]}, FAIL, "on a copy of the database that runs"),
        ({"passes": [EMPTY, AGAIN, {**COPY, **BROKEN}], "copied": "schema"}, UNKNOWN, "but not its rows"),
        ({"passes": [EMPTY, AGAIN], "copied": "", "alone": "none runs yet"}, PASS, "an empty database; none runs yet"),
        ({"passes": [EMPTY, AGAIN], "copied": "", "uncopied": "pg_restore ended with 1"}, UNKNOWN, "pg_restore ended"),
    ],
)
def test_a_job_has_to_end_well_on_an_empty_database_and_on_a_copy(
    changes: dict[str, Any], outcome: Outcome, said: str
) -> None:
    verdict = asked(fails, **changes)
    assert verdict.outcome is outcome
    assert said in verdict.reason


def test_the_line_that_names_the_error_is_shown() -> None:
    output = [
        "running 2.sql",
        'ERROR:  could not create unique index "one_mail"',
        "DETAIL:  Key (mail)=(…) is duplicated.",
    ]
    verdict = asked(fails, passes=[{**EMPTY, **BROKEN, "output": output}])
    assert verdict.reason.endswith('ERROR:  could not create unique index "one_mail"')


def test_the_finding_names_the_job_that_failed() -> None:
    (finding,) = asked(fails, passes=[{**EMPTY, **BROKEN, "job": "seed"}]).findings
    assert finding.subject == "service:seed"


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({}, PASS, "left the schema and every row count"),
        (NOTHING, SKIP, "no job runs"),
        ({"passes": [{**EMPTY, **BROKEN}]}, UNKNOWN, "no second pass"),
        ({"passes": [EMPTY, {**AGAIN, **BROKEN}]}, FAIL, "the second time"),
        (
            {"schema_changes": ["+CREATE INDEX a", "+CREATE INDEX b"]},
            FAIL,
            "in 2 lines: +CREATE INDEX a; +CREATE INDEX b",
        ),
        ({"row_changes": [{"table": "app.public.plans", "before": 3, "after": 6}]}, FAIL, "plans from 3 to 6 rows"),
        ({"row_changes": [{"table": "app.public.plans", "before": 3, "after": 0}]}, FAIL, "plans from 3 to 0 rows"),
    ],
)
def test_a_second_pass_changes_nothing(changes: dict[str, Any], outcome: Outcome, said: str) -> None:
    verdict = asked(repeats, **changes)
    assert verdict.outcome is outcome
    assert said in verdict.reason


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({}, PASS, "backend of release r1 got healthy"),
        (NOTHING, SKIP, "no job runs"),
        ({"former": None, "alone": "no release was good before this one"}, SKIP, "no release was good"),
        ({"former": {**FORMER, "moved": False, "services": []}}, PASS, "leaves the schema on which release r1 runs"),
        ({"former": {**FORMER, "services": []}}, UNKNOWN, "has no service to start"),
        ({"former": {**FORMER, "problem": "backend is unhealthy", "control": ""}}, FAIL, "backend is unhealthy"),
        ({"former": {**FORMER, "problem": "backend ended", "control": "backend ended"}}, UNKNOWN, "own schema either"),
        ({"former": {**FORMER, "misfits": ["a.b.c is gone"]}}, UNKNOWN, "may not fit: a.b.c is gone"),
        (
            {"former": {**FORMER, "problem": "it ended", "control": "", "misfits": ["a.b.c is gone"]}},
            FAIL,
            "a.b.c is gone",
        ),
    ],
)
def test_the_release_before_has_to_run_on_the_new_schema(changes: dict[str, Any], outcome: Outcome, said: str) -> None:
    verdict = asked(breaks, **changes)
    assert verdict.outcome is outcome
    assert said in verdict.reason
