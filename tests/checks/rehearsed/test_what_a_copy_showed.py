"""The checks that judge a throwaway copy, over tables of what it showed."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.checks.edge import proxy_config_invalid
from flawless.checks.images import healthcheck_too_tight, healthcheck_wrong_target, readiness_lies, signals_swallowed
from flawless.checks.runtime import service_not_running, service_unhealthy
from flawless.checks.secrets import secret_logged
from flawless.model.check import Level, Outcome, Verdict
from flawless.model.stack import Health, Role
from flawless.testing import samples
from flawless.testing.ask import ask
from flawless.testing.samples import HERE

FAIL, PASS, UNKNOWN, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
Json = dict[str, Any]
OUTAGE: Json = {
    "store": "postgres", "role": "database", "allowed": 20.0, "watched": 20.0, "failed_after": 1.0, "ready_status": 503,
    "live_status": 200, "ready_again": 2.0, "patience": 60.0,
}  # fmt: skip


def asked(module: Any, key: str, value: Json, service: str = "backend", **changes: Any) -> Verdict:
    stack = samples.stack(samples.service(service, **{"role": Role.BACKEND, **changes}))
    return ask(module.CHECK, Level.REHEARSAL, {key: {f"service:{service}": value}}, stack=stack)


@pytest.mark.parametrize(
    ("changes", "outcome", "said"),
    [
        ({}, PASS, "said no after 1.0 s with postgres stopped, and yes again 2.0 s after it was back"),
        ({"failed_after": None, "ready_status": 200}, FAIL, "for 20 s, two intervals"),
        ({"failed_after": 21.0}, FAIL, "too long"),
        ({"failed_after": 20.0}, PASS, "said no"),
        ({"failed_after": None, "allowed": 120.0, "watched": 60.0}, UNKNOWN, "two intervals are 120 s"),
        ({"live_status": 503}, FAIL, "/health/live answered 503 while postgres was stopped"),
        ({"live_status": 0}, FAIL, "/health/live did not answer"),
        ({"live_status": 302}, FAIL, "answered 302"),
        ({"ready_again": None}, FAIL, "said no for 60 s after postgres ran again"),
    ],
)
def test_readiness(changes: Json, outcome: Outcome, said: str) -> None:
    verdict = asked(readiness_lies, "readiness", {"outages": [{**OUTAGE, **changes}]})
    assert verdict.outcome is outcome
    assert any(said in finding.message for finding in verdict.findings), verdict


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [
        ({"outages": [], "ready_path": "", "reason": "it uses no store of this stack"}, SKIP),
        ({"outages": [], "reason": "no store of the copy that it uses ran"}, UNKNOWN),
        ({"unknown": "no readiness path of backend is known"}, UNKNOWN),
    ],
)
def test_readiness_that_was_not_tried_is_no_pass(reading: Json, outcome: Outcome) -> None:
    assert asked(readiness_lies, "readiness", reading).outcome is outcome


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [
        ({"status": 0, "seconds": 0.2, "grace": 10.0}, PASS),
        ({"status": 143, "seconds": 0.2, "grace": 10.0}, PASS),
        ({"status": 1, "seconds": 9.9, "grace": 10.0}, PASS),
        ({"status": 137, "seconds": 10.3, "grace": 10.0}, FAIL),
        ({"status": 137, "seconds": 0.3, "grace": 0.0}, FAIL),
        ({"status": 137, "seconds": 2.0, "grace": 10.0}, UNKNOWN),  # somebody else killed it
        ({"status": 137, "seconds": 60.0, "grace": 300.0}, UNKNOWN),  # it was not given all its time
        ({"reason": "a job ends by itself"}, SKIP),
        ({"unknown": "it did not run"}, UNKNOWN),
    ],
)
def test_signals(reading: Json, outcome: Outcome) -> None:
    assert asked(signals_swallowed, "stopping", reading).outcome is outcome


@pytest.mark.parametrize(
    ("boot", "running", "healthy"),
    [
        ({"came": "ready"}, PASS, PASS),
        ({"came": "ready", "health": False}, PASS, UNKNOWN),
        ({"came": "ended", "problem": "it ended with status 1"}, FAIL, UNKNOWN),
        ({"came": "ended", "needs_outside": True}, UNKNOWN, UNKNOWN),
        ({"came": "unhealthy", "problem": "its healthcheck never succeeded"}, PASS, FAIL),
        ({"came": "unhealthy", "needs_outside": True}, PASS, UNKNOWN),
        ({"came": "waiting", "problem": "it waits for postgres, which is ended"}, UNKNOWN, UNKNOWN),
    ],
)
def test_how_a_service_came_up(boot: Json, running: Outcome, healthy: Outcome) -> None:
    assert asked(service_not_running, "boot", boot).outcome is running
    assert asked(service_unhealthy, "boot", boot).outcome is healthy


def test_the_last_lines_of_what_ended_are_told() -> None:
    boot = {"came": "ended", "problem": "it ended with status 3", "output": ["up", "panicked: no JWT_SECRET"]}
    reason = asked(service_not_running, "boot", boot).reason
    assert reason == "it ended with status 3; its last lines: up | panicked: no JWT_SECRET"


@pytest.mark.parametrize(("came", "outcome"), [("ready", PASS), ("ended", FAIL), ("unhealthy", UNKNOWN)])
def test_a_job_has_to_end_with_0(came: str, outcome: Outcome) -> None:
    assert asked(service_not_running, "boot", {"came": came}, role=Role.JOB).outcome is outcome
    assert asked(service_unhealthy, "boot", {"came": came}, role=Role.JOB).outcome is SKIP


@pytest.mark.parametrize(
    ("boot", "start_period", "outcome"),
    [(6.0, 5.0, PASS), (7.4, 5.0, FAIL), (7.4, 6.0, PASS), (100.0, 90.0, FAIL), (0.4, 0.0, PASS)],
)
def test_a_healthcheck_has_to_leave_half_as_much_again(boot: float, start_period: float, outcome: Outcome) -> None:
    health = Health(("CMD", "true"), False, HERE, 2.0, 2.0, 3, start_period)
    verdict = asked(healthcheck_too_tight, "boot", {"came": "ready", "seconds": boot}, health=health)
    assert verdict.outcome is outcome


@pytest.mark.parametrize(
    ("listening", "answer", "outcome"),
    [
        ({"open": [8081]}, {}, PASS),
        ({"open": [], "loopback": [8081]}, {"status": 0, "message": "refused"}, PASS),
        ({"open": [3000], "loopback": []}, {}, FAIL),
        ({"open": [], "loopback": []}, {}, FAIL),
        ({"open": [8081]}, {"status": 302, "message": ""}, FAIL),
        ({"open": [8081]}, {"status": 200, "message": "<!DOCTYPE html><title>Log in"}, FAIL),
        ({"open": [8081]}, {"status": 503, "message": "no database"}, PASS),
        ({"unknown": "it does not run"}, {}, UNKNOWN),
    ],
)
def test_where_a_healthcheck_asks(listening: Json, answer: Json, outcome: Outcome) -> None:
    health = Health(("CMD", "curl", "-f", "http://localhost:8081/health"), False, HERE)
    stack = samples.stack(samples.service("backend", role=Role.BACKEND, health=health))
    facts = {"listening": {"service:backend": listening}, "health-answer": {"service:backend": answer}}
    assert ask(healthcheck_wrong_target.CHECK, Level.REHEARSAL, facts, stack=stack).outcome is outcome


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [
        ({"status": 0, "output": ["test is successful"]}, PASS),
        (
            {
                "status": 1,
                "output": ['nginx: [emerg] unknown directive "serve" in /etc/nginx/nginx.conf:3', "test failed"],
            },
            FAIL,
        ),
        (
            {"status": 1, "output": ['nginx: [emerg] host not found in upstream "api:8081" in x:3'], "away": ["api"]},
            UNKNOWN,
        ),
        ({"status": 1, "output": ['nginx: [emerg] host not found in upstream "api" in x:3'], "away": ["web"]}, FAIL),
        ({"status": 1, "output": ['nginx: [emerg] host not found in upstream "maps.example.com" in x:3']}, UNKNOWN),
        ({"status": 1, "output": []}, FAIL),
        ({"reason": "it has no nginx that could be asked"}, SKIP),
    ],
)
def test_nginx_itself(reading: Json, outcome: Outcome) -> None:
    assert asked(proxy_config_invalid, "config-test", reading, "nginx", role=Role.PROXY).outcome is outcome


def test_a_secret_in_a_log_is_told_by_name_time_and_count() -> None:
    for level in (Level.REHEARSAL, Level.LIVE):
        secrets = [{"name": "JWT_SECRET", "at": 1_800_000_000.0, "count": 2, "beginning": True}]
        stack = samples.stack(samples.service("backend"))
        verdict = ask(secret_logged.CHECK, level, {"logs": {"service:backend": {"secrets": secrets}}}, stack=stack)
        assert verdict.outcome is FAIL
        assert verdict.reason == (
            "its log shows the beginning of the secret JWT_SECRET in 2 lines, first at 2027-01-15T08:00:00+00:00"
        )
