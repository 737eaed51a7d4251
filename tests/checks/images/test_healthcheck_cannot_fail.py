"""healthcheck-cannot-fail over shell texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flawless.checks.images._shell import can_fail
from flawless.checks.images.healthcheck_cannot_fail import CHECK
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.stack import Health
from flawless.testing import samples
from flawless.testing.ask import ask

AskDockerfile = Callable[..., Verdict]


def health(*test: str, disabled: bool = False) -> Health:
    return Health(test, disabled, samples.HERE)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("curl -f http://localhost/health || exit 1", True),
        ("curl -f http://localhost/health", True),
        ("wget -qO- http://localhost/ | head -1 || exit 1", False),
        ("wget -qO- http://localhost/ | head -1", False),
        ("set -o pipefail; wget -qO- http://localhost/ | head -1", True),
        ("set -eo pipefail; wget -qO- http://localhost/ | head -1 || exit 1", True),
        ("redis-cli ping | grep -q PONG", True),
        ("curl -s http://localhost/ | tee /tmp/x | grep ok", True),
        ("pg_isready -U app || true", False),
        ("pg_isready -U app || exit 0", False),
        ("pg_isready -U app || echo down", False),
        ("pg_isready -U app || :", False),
        ("pg_isready -U app; exit 0", False),
        ("pg_isready -U app || exit 1; exit 0", True),
        ("set -e; pg_isready; echo fine", True),
        ("pg_isready; echo fine", False),
        ("curl -f localhost && echo ok", True),
        ("curl -f localhost && echo ok || exit 1", True),
        ("curl -f localhost || (echo down; exit 1)", True),
        ("curl -f localhost || { echo down; exit 1; }", True),
        ('test "$(redis-cli ping)" = PONG', True),
        ("if curl -f localhost; then exit 0; else exit 1; fi", True),
        ("curl -s localhost | jq .status", False),
        ("curl -s localhost | jq -e .healthy", True),
        ("curl -f localhost ||\n  exit 1", True),
        ("A=1", True),
        ("exit 0", False),
        ("true", False),
        ("echo 'a || exit 1'", False),
        ("grep 'x | head' /tmp/log", True),
        ("", False),
    ],
)
def test_whether_shell_text_can_end_with_an_error(text: str, outcome: bool) -> None:
    assert can_fail(text) is outcome


@pytest.mark.parametrize(
    ("test", "outcome"),
    [
        (("CMD", "curl", "-f", "http://localhost/"), Outcome.PASS),
        (("CMD", "true"), Outcome.FAIL),
        (("CMD", "/bin/echo", "ok"), Outcome.FAIL),
        (("CMD", "sh", "-c", "curl localhost || true"), Outcome.FAIL),
        (("CMD", "bash", "-o", "pipefail", "-c", "wget -qO- localhost | head -1"), Outcome.PASS),
        (("CMD-SHELL", "wget -qO- localhost | head -1 || exit 1"), Outcome.FAIL),
        (("NONE",), Outcome.NOT_APPLICABLE),
    ],
)
def test_compose_tests_are_judged_in_both_forms(test: tuple[str, ...], outcome: Outcome) -> None:
    world = samples.stack(samples.service("app", health=health(*test)))
    assert ask(CHECK, Level.FILES, stack=world).outcome is outcome


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ("HEALTHCHECK CMD wget -qO- localhost | head -1 || exit 1", Outcome.FAIL),
        ('SHELL ["/bin/bash", "-o", "pipefail", "-c"]\nHEALTHCHECK CMD wget -qO- localhost | head -1', Outcome.PASS),
        ('HEALTHCHECK CMD ["/healthcheck"]', Outcome.PASS),
        ("HEALTHCHECK CMD curl localhost || true\nHEALTHCHECK CMD curl -f localhost", Outcome.PASS),
        ("HEALTHCHECK NONE", Outcome.NOT_APPLICABLE),
        ("USER 1", Outcome.NOT_APPLICABLE),
    ],
)
def test_the_dockerfiles_last_healthcheck_counts(ask_dockerfile: AskDockerfile, steps: str, outcome: Outcome) -> None:
    assert ask_dockerfile(CHECK, f"FROM debian:12\n{steps}").outcome is outcome


def test_compose_wins_over_the_dockerfile(ask_dockerfile: AskDockerfile) -> None:
    text = "FROM debian:12\nHEALTHCHECK CMD exit 0"
    verdict = ask_dockerfile(CHECK, text, health=health("CMD", "/healthcheck"))
    assert verdict.outcome is Outcome.PASS
