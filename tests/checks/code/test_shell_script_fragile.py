"""shell-script-fragile over single lines of a script."""

from __future__ import annotations

import pytest

from flawless.checks.code.shell_script_fragile import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.facts import known
from flawless.model.keys import SHELL_LINT, SHELL_SCRIPTS
from flawless.model.observed_files import LintRun, Script
from flawless.model.stack import SecretTraits, UrlTraits
from flawless.testing import samples
from flawless.testing.ask import ask

FAIL, PASS = Outcome.FAIL, Outcome.PASS


def ask_about(text: str, *, line: int = 0, absent: str = "", files: int = 1) -> tuple[Outcome, str]:
    traits = SecretTraits(16, 4, False, "f")
    url = UrlTraits("postgresql", "shop", "db", 5432, "/shop", traits)
    world = samples.stack(samples.service("app", env=(samples.variable("DATABASE_URL", "x", url=url),)))
    facts = [
        known(SHELL_SCRIPTS, "stack", (Script("bin/work", "bash", text, line),)),
        known(SHELL_LINT, "stack", LintRun("shellcheck", files, (), absent)),
    ]
    verdict = ask(CHECK, Level.FILES, stack=world, facts=facts)
    return verdict.outcome, str(verdict.findings[0].location)


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("psql -f a.sql", FAIL),
        ("psql -Xqf a.sql", FAIL),
        ("psql shop < a.sql", FAIL),
        ("cat a.sql | psql shop", FAIL),
        ("cat a.sql | PGPASSWORD=x psql shop", FAIL),
        ('PGPASSWORD="$(cat /p)" exec psql -X -1 -f a.sql', FAIL),
        ("psql -v ON_ERROR_STOP=1 -f a.sql", PASS),
        ("psql --set=ON_ERROR_STOP=on shop < a.sql", PASS),
        ("psql -c 'select 1'", PASS),
        ("psql -c 'select 1' | grep -q 1", PASS),
        ("echo $DATABASE_URL", FAIL),
        ('echo "${DATABASE_URL:0:20}..."', FAIL),
        ('printf "%s\\n" "${DATABASE_URL%%\\?*}"', FAIL),
        ('echo "${DATABASE_URL##*@}"', PASS),
        ('echo "${#DATABASE_URL}"', PASS),
        ('echo "${DATABASE_URL:+it is set}"', PASS),
        ('echo "$DATABASE_URL" > /run/url', PASS),
        ('echo "$REDIS_URL"', PASS),
        ('echo "$JWT_SECRET"', FAIL),
        ('echo "$JWT_SECRET_FILE"', PASS),
    ],
)
def test_a_line_that_hides_a_failure_or_prints_a_secret_is_found(line: str, outcome: Outcome) -> None:
    assert ask_about(f"#!/bin/bash\n{line}\n")[0] is outcome


def test_a_command_is_found_where_it_stands_and_a_script_at_its_line() -> None:
    text = "set -e\npsql -f a.sql\n"
    assert ask_about(text, line=7) == (FAIL, "bin/work:7")
    assert ask_about(text) == (FAIL, "bin/work:2")


def test_commands_alone_need_no_linter() -> None:
    absent = "shellcheck is not installed here"
    assert ask_about("true", absent=absent, files=0)[0] is PASS
    assert ask_about("true", absent=absent)[0] is Outcome.UNKNOWN
