"""kill -9 at any step: the next deploy ends healthy, nothing is doubled, no row is lost."""

from __future__ import annotations

import pytest

from tests.scenarios.harness import Site, docker

pytestmark = pytest.mark.engine

STEPS = (
    pytest.param("build", marks=pytest.mark.full),
    pytest.param("inspect", marks=pytest.mark.full),
    pytest.param("snapshot", marks=pytest.mark.full),
    pytest.param("backup", marks=pytest.mark.full),
    pytest.param("rehearse", marks=pytest.mark.full),
    "migrate-migrate",
    pytest.param("switch-frontend", marks=pytest.mark.full),
    "switch-backend",
    pytest.param("verify", marks=pytest.mark.full),
    pytest.param("soak", marks=pytest.mark.full),
    pytest.param("promote", marks=pytest.mark.full),
)


@pytest.fixture(scope="module")
def rows(deployed: Site) -> int:
    """A row that must survive everything."""
    body = {"service": "shop", "revision": "abc123", "environment": "production"}
    status, _ = deployed.get("/api/deployments", body=body, token=deployed.token())
    assert status == 201
    return _rows(deployed)


def _rows(site: Site) -> int:
    status, answer = site.get("/api/deployments", token=site.token())
    assert status == 200
    return len(answer["items"])


@pytest.mark.parametrize("step", STEPS)
def test_a_deploy_killed_in_a_step_is_finished_by_the_next(deployed: Site, rows: int, step: str) -> None:
    revision = deployed.commit(f"killed in {step}")
    assert deployed.kill_in_step(step), f"{step} was never reached"
    assert deployed.get("/health")[0] == 200, "the site serves after the kill"
    result = deployed.deploy()
    assert result.code == 0, result.err + result.out
    assert deployed.revision() == revision
    assert _rows(deployed) == rows
    deployed.exactly_one_each()
    leases = docker("ps", "--all", "--quiet", "--filter", f"name=flawless-lease-{deployed.project}")
    assert leases == "", "no lease is left"
