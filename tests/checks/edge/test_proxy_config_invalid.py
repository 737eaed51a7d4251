"""proxy-config-invalid: what the parser said."""

from __future__ import annotations

from flawless.checks.edge.proxy_config_invalid import CHECK
from flawless.model.check import Level, Outcome
from flawless.model.facts import known
from flawless.model.keys import PROXY_CONFIG
from flawless.model.nginx import NginxProblem
from flawless.model.stack import Origin
from flawless.testing.ask import ask
from flawless.testing.nginx import config, d, proxy_config


def test_each_problem_is_a_failure_at_its_line() -> None:
    at = Origin("conf.d/site.conf", 7)
    broken = known(PROXY_CONFIG, "service:nginx", config(problems=(NginxProblem('unknown directive "lissten"', at),)))
    verdict = ask(CHECK, Level.FILES, facts=[broken])
    assert verdict.outcome is Outcome.FAIL
    assert verdict.findings[0].location == at


def test_no_problem_passes_and_an_unread_configuration_is_unknown() -> None:
    assert ask(CHECK, Level.FILES, facts=[proxy_config(d("server"))]).outcome is Outcome.PASS
    assert ask(CHECK, Level.FILES).outcome is Outcome.UNKNOWN
