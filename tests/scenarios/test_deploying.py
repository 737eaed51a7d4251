"""Deploying the reference stack, and coming back from what goes wrong."""

from __future__ import annotations

import json

import pytest

from flawless.model.checklist import LINES
from tests.scenarios.harness import Site, docker

pytestmark = pytest.mark.engine

CRASH = ('"""Starts the server', 'raise SystemExit("panic: no flux capacitor")\n"""Starts the server')


def test_a_new_commit_replaces_the_old_one_without_a_failed_request(deployed: Site) -> None:
    before = deployed.revision()
    revision = deployed.commit("a new revision")
    result = deployed.deploy()
    assert result.code == 0, result.err + result.out
    assert result.report["decision"]["go"] is True
    assert deployed.revision() == revision != before
    assert result.report["traffic"]["requests"] > 0
    assert result.report["traffic"]["failed"] == 0, result.report["traffic"]
    deployed.exactly_one_each()


def test_the_report_holds_every_line_of_the_checklist(deployed: Site) -> None:
    result = deployed.deploy()
    items = {entry["item"]: entry for entry in result.report["checklist"]}
    assert set(items) == {line.item for line in LINES}
    assert all(entry["state"] in STATES for entry in items.values())
    assert items["C1.2"]["state"] == "not-run", "three seconds are not five minutes"
    page = (deployed.stack / ".flawless" / "report.html").read_text()
    assert all(f"{line.item}" in page for line in LINES)


STATES = {"checked", "failed", "unknown", "waived", "not-applicable", "not-run"}


def test_data_services_and_the_proxy_are_untouched_by_a_new_revision(deployed: Site) -> None:
    before = _ids(deployed, "postgres", "redis", "nginx")
    deployed.commit("another revision")
    result = deployed.deploy()
    assert result.code == 0, result.err
    assert _ids(deployed, "postgres", "redis", "nginx") == before


def _ids(site: Site, *services: str) -> dict[str, str]:
    project = f"label=com.docker.compose.project={site.project}"
    return {
        name: docker("ps", "-q", "--filter", project, "--filter", f"label=com.docker.compose.service={name}")
        for name in services
    }


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        pytest.param(
            "backend/src/viworks/__main__.py",
            *CRASH,
            "panic: no flux capacitor",
            id="crashes-at-start",
            marks=pytest.mark.full,
        ),
        pytest.param(
            "compose.yaml",
            '"8081", "/health/ready"',
            '"8081", "/no-such-page"',
            "answered 404",
            id="never-healthy",
            marks=pytest.mark.full,
        ),
        ("backend/src/viworks/readiness.py", "if not fine]", "if fine]", "/health/ready"),
    ],
    ids=[None, None, "readiness-fails"],
)
def test_a_bad_backend_never_takes_the_former_release_down(
    deployed: Site, path: str, old: str, new: str, said: str
) -> None:
    serving = deployed.revision()
    deployed.change(path, old, new)
    deployed.commit("a bad backend")
    try:
        result = deployed.deploy()
        assert result.code == 4, result.err + result.out
        assert deployed.revision() == serving
        assert result.report["traffic"]["failed"] == 0, result.report["traffic"]
        cause = result.report["cause"]
        assert said in json.dumps(cause), cause
        assert "backend" in cause["message"]
        deployed.exactly_one_each()
    finally:
        deployed.git("revert", "--no-edit", "HEAD")


def test_a_build_that_fails_touches_nothing(deployed: Site) -> None:
    serving = deployed.revision()
    containers = _ids(deployed, "nginx", "frontend", "backend", "postgres", "redis")
    deployed.change("backend/Dockerfile", "COPY src /app/src", "RUN echo no disk for old men >&2; exit 1")
    deployed.commit("a build that fails")
    try:
        result = deployed.deploy()
        assert result.code == 4, result.err
        assert "no disk for old men" in json.dumps(result.report["cause"])
        assert _ids(deployed, "nginx", "frontend", "backend", "postgres", "redis") == containers
        assert deployed.revision() == serving
    finally:
        deployed.git("revert", "--no-edit", "HEAD")


def test_a_changed_proxy_configuration_is_reloaded_not_recreated(deployed: Site) -> None:
    before = _ids(deployed, "nginx")
    path = "nginx/conf/snippets/headers.conf"
    with (deployed.stack / path).open("a") as file:
        file.write('\nadd_header X-Scenario "reloaded" always;\n')
    deployed.commit("a new header")
    result = deployed.deploy()
    assert result.code == 0, result.err + result.out
    assert result.steps()["reload-nginx"] == "proved"
    assert _ids(deployed, "nginx") == before
    assert "X-Scenario" in _headers(deployed)
    assert result.report["traffic"]["failed"] == 0
    assert [each["name"] for each in result.report["changes"] if each["kind"] == "file"] == [path]
    course = result.report["traffic"]["course"]
    assert course["switch"][1] <= course["stretches"][-1]["at"]


def _headers(site: Site) -> str:
    import ssl
    import urllib.request

    trust = ssl.create_default_context(cafile=str(site.stack / "certs" / "ca.crt"))
    with urllib.request.urlopen(f"https://127.0.0.1:{site.https}/health", context=trust, timeout=10) as answer:
        return str(answer.headers)


def test_a_proxy_configuration_that_nginx_refuses_goes_back(deployed: Site) -> None:
    live = deployed.stack / ".flawless" / "live" / "nginx" / "conf" / "nginx.conf"
    before = live.read_text()
    deployed.change("nginx/conf/nginx.conf", "http {", "http {\n    limit_req_zone $uri zone=tiny:1k rate=1r/s;")
    deployed.commit("a zone that is too small")
    try:
        result = deployed.deploy()
        assert result.code == 4, result.err + result.out
        assert "tiny" in json.dumps(result.report["cause"])
        assert live.read_text() == before
        assert deployed.get("/health")[0] == 200
    finally:
        deployed.git("revert", "--no-edit", "HEAD")


def test_rollback_returns_to_the_good_release_before(deployed: Site) -> None:
    before = deployed.revision()
    deployed.commit("one more")
    assert deployed.deploy().code == 0
    assert deployed.revision() != before
    result = deployed.flawless("rollback", *ALLOW)
    assert result.code == 0, result.err + result.out
    assert deployed.revision() == before
    assert result.report["traffic"]["failed"] == 0
    (changed,) = [each for each in result.report["changes"] if each["kind"] == "revision"]
    assert changed["after"] == before
    deployed.exactly_one_each()


ALLOW = ("--allow-unknown", "dependency-vulnerable")


@pytest.mark.full  # the lease itself is tried in every run, by test_coming_back
def test_two_deploys_at_once_collide(deployed: Site) -> None:
    deployed.commit("two at once")
    first = deployed.start_deploy()
    try:
        from tests.scenarios.harness import until

        until(lambda: _leased(deployed), 30, "the first deploy holds the lease")
        second = deployed.deploy()
        assert second.code == 6, second.err
        assert "deploys" in second.err
    finally:
        assert first.wait(timeout=120) == 0
    assert not _leased(deployed)


def _leased(site: Site) -> bool:
    return bool(docker("ps", "-q", "--filter", f"name=flawless-lease-{site.project}"))


def test_a_database_is_never_recreated_as_collateral(deployed: Site) -> None:
    before = _ids(deployed, "postgres")
    deployed.change("compose.yaml", "shm_size: 64m", "shm_size: 65m")
    deployed.commit("a database setting")
    try:
        result = deployed.deploy()
        assert result.code != 0
        assert "--recreate postgres" in result.err + json.dumps(result.report)
        assert _ids(deployed, "postgres") == before
    finally:
        deployed.git("revert", "--no-edit", "HEAD")


def test_a_dirty_checkout_is_refused(deployed: Site) -> None:
    readme = deployed.stack / "README.md"
    text = readme.read_text()
    readme.write_text(text + "\nnot committed\n")
    try:
        result = deployed.deploy()
        assert result.code == 2
        assert "README.md" in result.err
        assert "--allow-dirty" in result.err
    finally:
        readme.write_text(text)


def test_saved_facts_give_the_same_verdicts_offline(deployed: Site) -> None:
    checked = deployed.flawless("verify", *ALLOW)
    facts = str(deployed.stack / ".flawless" / "facts.json")
    again = deployed.flawless("judge", facts, "--format", "json", *ALLOW, DOCKER_HOST="unix:///nowhere.sock")
    verdicts = json.loads(again.out)["verdicts"]
    assert again.code == checked.code
    assert {v["check"]: v["outcome"] for v in verdicts} == {
        v["check"]: v["outcome"] for v in checked.report["verdicts"]
    }


def test_no_secret_value_is_left_anywhere(deployed: Site) -> None:
    secrets = [(deployed.stack / "secrets" / name).read_text() for name in ("database_app_password", "redis_password")]
    shown = deployed.flawless("verify", *ALLOW)
    for file in (deployed.stack / ".flawless").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(secret.encode() in content for secret in secrets), file
    assert not any(secret in shown.out + shown.err for secret in secrets)
