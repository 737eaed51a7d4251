"""healthcheck-wrong-target over ports, paths and what names them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.checks.images.healthcheck_wrong_target import CHECK
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.facts import STACK, known
from flawless.model.keys import PROGRAMS, PROXIES
from flawless.model.observed_files import Program, Proxy, SourceLine
from flawless.model.stack import Health, Role
from flawless.testing import samples
from flawless.testing.ask import ask
from flawless.testing.nginx import config, d

FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE
APP = Program(service="app", exposed=(3000,))


def line(text: str) -> SourceLine:
    return SourceLine(text, samples.HERE)


def asked(test: tuple[str, ...], *programs: Program, proxies: tuple[Proxy, ...] = (), **changes: Any) -> Verdict:
    health = Health(test, False, samples.HERE)
    world = samples.stack(samples.service("app", role=Role.FRONTEND, health=health, **changes))
    facts = [known(PROGRAMS, STACK, programs), known(PROXIES, STACK, proxies)]
    return ask(CHECK, Level.FILES, stack=world, facts=facts)


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        (("CMD-SHELL", "curl -f http://localhost:3000/health || exit 1"), PASS),
        (("CMD-SHELL", "curl -f http://localhost:3001/health || exit 1"), FAIL),
        (("CMD-SHELL", "wget --spider localhost:3001"), FAIL),
        (("CMD", "nc", "-z", "127.0.0.1", "3001"), FAIL),
        (("CMD", "http-health", "3001", "/ready"), FAIL),
        (("CMD", "http-health", "3000", "/ready"), PASS),
        (("CMD", "python", "-c", "connect(('localhost', 3001))"), FAIL),
        (("CMD-SHELL", "exec 3<>/dev/tcp/localhost/3001"), FAIL),
        (("CMD-SHELL", "curl -f http://localhost/"), FAIL),
        (("CMD-SHELL", "curl -f http://localhost:${PORT}/"), PASS),
        (("CMD-SHELL", "curl -f https://elsewhere.example.com:9/"), SKIP),
        (("CMD", "pg_isready", "-h", "127.0.0.1"), SKIP),
        (("CMD", "redis-cli", "ping"), SKIP),
        (("NONE",), SKIP),
    ],
)
def test_the_port_of_the_test_must_be_one_that_is_exposed(test: tuple[str, ...], outcome: Outcome) -> None:
    assert asked(test, APP).outcome is outcome


URL = ("CMD-SHELL", "curl -f http://localhost:3000/health")


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        (structs.replace(APP, reads_port=True, port="8081"), FAIL),
        (structs.replace(APP, port="8081"), PASS),
        (structs.replace(APP, reads_port=True, port="3000"), PASS),
        (structs.replace(APP, exposed=(), listens=(line("3000"),)), PASS),
        (structs.replace(APP, listens=(line("8000"),)), FAIL),
        (structs.replace(APP, exposed=()), SKIP),
    ],
)
def test_where_the_program_listens_weighs_more_than_what_is_exposed(program: Program, outcome: Outcome) -> None:
    assert asked(URL, program).outcome is outcome


def test_port_in_the_environment_wins_over_the_image() -> None:
    program = structs.replace(APP, reads_port=True, port="3000")
    assert asked(URL, program, env=(samples.variable("PORT", "8081"),)).outcome is FAIL


def test_an_image_from_elsewhere_is_not_judged_by_what_compose_publishes() -> None:
    assert asked(URL, expose=(9000,)).outcome is SKIP
    assert asked(URL, expose=(3000,)).outcome is PASS


@pytest.mark.parametrize(("listen", "outcome"), [("3000", PASS), ("127.0.0.1:3000", PASS), ("[::]:80", FAIL)])
def test_what_nginx_listens_on_is_in_its_configuration(listen: str, outcome: Outcome) -> None:
    proxy = Proxy("app", config(d("server", d("listen", listen))))
    assert asked(URL, APP, proxies=(proxy,)).outcome is outcome


def test_a_route_in_a_private_folder_is_served_by_nobody() -> None:
    test = ("CMD-SHELL", "wget -qO- http://localhost:3000/_healthz")
    assert asked(test, structs.replace(APP, unrouted=(line("/_healthz"),))).outcome is FAIL
    assert asked(test, structs.replace(APP, unrouted=(line("/_other"),))).outcome is PASS
