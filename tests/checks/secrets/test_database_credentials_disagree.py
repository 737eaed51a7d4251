"""database-credentials-disagree over what a service logs in with and what the database is made with."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.secrets.database_credentials_disagree import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import INIT_SCRIPTS
from flawless.model.observed_files import InitScripts
from flawless.model.stack import Build, EnvVar, Role, SecretTraits, Stack, UrlTraits
from flawless.testing import samples
from flawless.testing.ask import ask


def traits(fingerprint: str) -> SecretTraits:
    return SecretTraits(32, 4, False, fingerprint)


def url(user: str = "shop", password: str = "one", database: str = "shop", name: str = "DATABASE_URL") -> EnvVar:
    secret = traits(password) if password else None
    return samples.variable(name, "•••", url=UrlTraits("postgresql", user, "postgres", 5432, f"/{database}", secret))


def hidden(name: str, fingerprint: str) -> EnvVar:
    return samples.variable(name, "•••", secret=traits(fingerprint))


def world(caller: tuple[EnvVar, ...], made: tuple[EnvVar, ...], **database: Any) -> Stack:
    fields = {"image": "postgres:16", **database}
    return samples.stack(
        samples.service("app", env=caller), samples.service("postgres", role=Role.DATABASE, env=made, **fields)
    )


USER, NAME = samples.variable("POSTGRES_USER", "shop"), samples.variable("POSTGRES_DB", "shop")
PASSWORD = hidden("POSTGRES_PASSWORD", "one")
MADE = (USER, PASSWORD, NAME)


def answer(stack: Stack, *facts: Fact) -> Outcome:
    """The verdict over the caller alone."""
    verdict = ask(CHECK, Level.FILES, stack=stack, facts=facts)
    return next(each.outcome for each in verdict.findings if each.subject == "service:app")


@pytest.mark.parametrize(
    ("caller", "made", "outcome"),
    [
        ((url(),), MADE, Outcome.PASS),
        ((url(password="two"),), MADE, Outcome.FAIL),
        ((url(user="other"),), MADE, Outcome.FAIL),
        ((url(database="other"),), MADE, Outcome.FAIL),
        ((url(database="postgres"),), MADE, Outcome.PASS),
        ((url(password=""),), MADE, Outcome.PASS),
        ((url(password=""), hidden("DATABASE_PASSWORD_FILE", "two")), MADE, Outcome.FAIL),
        ((url(password=""), hidden("DATABASE_PASSWORD_FILE", "one")), MADE, Outcome.PASS),
        ((url(),), (USER, hidden("POSTGRES_PASSWORD_FILE", "one")), Outcome.PASS),
        ((url(),), (USER, hidden("POSTGRES_PASSWORD_FILE", "two")), Outcome.FAIL),
        ((url(database="other"),), (USER, PASSWORD), Outcome.FAIL),
        ((url(user="postgres", database="shop"),), (PASSWORD, NAME), Outcome.PASS),
        ((url(user="shop"),), (PASSWORD, NAME), Outcome.FAIL),
        ((url(user="shop"),), (samples.variable("POSTGRES_USER_FILE", "/run/secrets/u"), NAME), Outcome.PASS),
        ((url(user="•••"),), MADE, Outcome.PASS),
        ((url(database="shop_test", name="TEST_DATABASE_URL"),), MADE, Outcome.PASS),
        ((url(database="b"),), (*MADE, samples.variable("POSTGRES_MULTIPLE_DATABASES", "a,b")), Outcome.PASS),
        ((url(),), (samples.variable("TZ", "UTC"),), Outcome.NOT_APPLICABLE),
    ],
)
def test_a_login_has_what_the_database_is_made_with(
    caller: tuple[EnvVar, ...], made: tuple[EnvVar, ...], outcome: Outcome
) -> None:
    assert answer(world(caller, made)) is outcome


@pytest.mark.parametrize(
    ("scripts", "outcome"),
    [
        (InitScripts((), (), False), Outcome.FAIL),
        (InitScripts(("init.sql",), ("other",), False), Outcome.PASS),
        (InitScripts(("init.sh",), (), True), Outcome.PASS),
        (InitScripts(("init.sql",), ("shop",), False), Outcome.FAIL),
    ],
)
def test_what_a_script_makes_is_no_disagreement(scripts: InitScripts, outcome: Outcome) -> None:
    stack = world((url(user="other", database="other"),), MADE)
    assert answer(stack, known(INIT_SCRIPTS, STACK, scripts)) is outcome


@pytest.mark.parametrize(
    ("variables", "outcome"),
    [
        ({"PGHOST": "postgres", "PGUSER": "shop", "PGDATABASE": "shop"}, Outcome.PASS),
        ({"PGHOST": "postgres", "PGUSER": "other"}, Outcome.FAIL),
        ({"DB_HOST": "postgres:5432", "DB_NAME": "other"}, Outcome.FAIL),
        ({"POSTGRES_SERVER": "postgres", "POSTGRES_USER": "shop", "POSTGRES_DB": "other"}, Outcome.FAIL),
        ({"WORDPRESS_DB_HOST": "postgres", "WORDPRESS_DB_USER": "other"}, Outcome.FAIL),
        ({"DB_HOST": "db.example.com", "DB_USER": "other"}, Outcome.NOT_APPLICABLE),
    ],
)
def test_a_set_of_variables_is_a_login_too(variables: dict[str, str], outcome: Outcome) -> None:
    caller = tuple(samples.variable(name, value) for name, value in variables.items())
    assert answer(world(caller, MADE)) is outcome


def test_mysql_makes_a_user_and_root() -> None:
    made = (
        samples.variable("MYSQL_USER", "shop"),
        hidden("MYSQL_PASSWORD", "one"),
        hidden("MYSQL_ROOT_PASSWORD", "two"),
        samples.variable("MYSQL_DATABASE", "shop"),
    )
    assert answer(world((url(user="root", password="two"),), made, image="mysql:8")) is Outcome.PASS
    assert answer(world((url(user="root", password="one"),), made, image="mysql:8")) is Outcome.FAIL
    assert answer(world((url(user="nobody"),), made, image="mysql:8")) is Outcome.FAIL


def test_an_image_that_is_built_here_may_make_other_users() -> None:
    build = Build("/sample/db", "/sample/db/Dockerfile", "", (), samples.HERE)
    assert answer(world((url(user="other"),), (NAME,), build=build)) is Outcome.PASS


def test_a_command_that_makes_the_database_is_no_disagreement() -> None:
    stack = world((url(database="other"),), MADE)
    job = samples.service("job", command=("rails", "db:prepare"))
    assert answer(samples.stack(*stack.services, job)) is Outcome.PASS
