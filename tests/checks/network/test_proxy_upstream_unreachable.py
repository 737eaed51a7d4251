"""proxy-upstream-unreachable over proxy configurations and routes."""

from __future__ import annotations

import pytest

from flawless.checks.network.proxy_upstream_unreachable import CHECK
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.nginx import Directive
from flawless.model.observed import UNTRUSTED
from flawless.model.stack import Attachment, Network, Role
from flawless.testing import samples
from flawless.testing.ask import ask
from flawless.testing.nginx import d, proxy_config


def _passed_to(*server: Directive) -> Verdict:
    return ask(CHECK, Level.FILES, facts=[proxy_config(d("server", *server))])


@pytest.mark.parametrize(
    ("address", "outcome", "said"),
    [
        ("http://backend:8081", Outcome.PASS, "on a shared network"),
        ("http://backend:8081/api/", Outcome.PASS, "on a shared network"),
        ("http://frontend:3000", Outcome.PASS, "on a shared network"),
        ("http://backend:3000", Outcome.FAIL, "listens on 8081"),
        ("http://backend", Outcome.FAIL, "asked on port 80"),
        ("http://bakend:8081", Outcome.FAIL, "no service is called bakend"),
        ("http://postgres:5432", Outcome.FAIL, "shares no network"),
        ("https://maps.example.com", Outcome.PASS, "outside the stack"),
        ("http://127.0.0.1:9000", Outcome.PASS, "outside the stack"),
        ("http://host.docker.internal:9000", Outcome.PASS, "outside the stack"),
        ("http://$somewhere", Outcome.UNKNOWN, "do not tell"),
        ("http://unix:/run/app.sock", Outcome.NOT_APPLICABLE, "passes nothing on"),
    ],
)
def test_where_a_proxy_pass_leads(address: str, outcome: Outcome, said: str) -> None:
    verdict = _passed_to(d("location", "/", d("proxy_pass", address)))
    assert (verdict.outcome, said in verdict.reason) == (outcome, True)


def test_variables_are_followed_to_their_value() -> None:
    set_host = d("set", "$backend", "bakend")
    verdict = _passed_to(set_host, d("location", "/", d("proxy_pass", "http://$backend:8081")))
    assert "bakend" in verdict.reason


def test_each_server_of_an_upstream_block_is_judged_at_its_own_line() -> None:
    upstream = d("upstream", "app", d("server", "backend:8081", line=3), d("server", "nobody:8081", line=4))
    server = d("server", d("location", "/", d("proxy_pass", "http://app")))
    verdict = ask(CHECK, Level.FILES, facts=[proxy_config(upstream, server)])
    failed = [finding for finding in verdict.findings if finding.outcome is Outcome.FAIL]
    assert [finding.location and finding.location.line for finding in failed] == [4]


def test_a_name_on_an_external_network_cannot_be_told() -> None:
    nginx = samples.service("nginx", role=Role.PROXY, networks=(Attachment("shared"),))
    world = samples.stack(nginx, networks=(Network("shared", "shared", False, True, samples.HERE),))
    facts = [proxy_config(d("server", d("location", "/", d("proxy_pass", "http://other:80"))))]
    assert ask(CHECK, Level.FILES, stack=world, facts=facts).outcome is Outcome.UNKNOWN


def test_a_shared_env_file_with_the_wrong_port_is_a_failure() -> None:
    port = samples.variable("PORT", "8081")
    services = [s for s in samples.healthy_services() if s.name != "frontend"]
    frontend = samples.service("frontend", role=Role.FRONTEND, env=(port,))
    facts = [proxy_config(d("server", d("location", "/", d("proxy_pass", "http://frontend:3000"))))]
    verdict = ask(CHECK, Level.FILES, stack=samples.stack(*services, frontend), facts=facts)
    assert "listens on 8081" in verdict.reason


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, Outcome.PASS), (404, Outcome.PASS), (502, Outcome.FAIL), (503, Outcome.FAIL), (0, Outcome.FAIL)],
)
def test_somebody_behind_the_proxy_must_answer(status: int, outcome: Outcome) -> None:
    assert ask(CHECK, Level.LIVE, {"routes": {"stack": [{"status": status}]}}).outcome is outcome


def test_of_a_server_that_is_not_trusted_nothing_was_asked() -> None:
    facts = {"routes": {"stack": [{"status": 0, "error": f"https://a/: {UNTRUSTED}: certificate has expired"}]}}
    assert ask(CHECK, Level.LIVE, facts).outcome is Outcome.UNKNOWN


def test_no_route_at_all_is_unknown_where_there_is_a_proxy() -> None:
    nothing: dict[str, dict[str, list[str]]] = {"routes": {"stack": []}}
    lonely = samples.stack(samples.service("backend", role=Role.BACKEND))
    assert ask(CHECK, Level.LIVE, nothing).outcome is Outcome.UNKNOWN
    assert ask(CHECK, Level.LIVE, nothing, stack=lonely).outcome is Outcome.NOT_APPLICABLE
