"""A page of nginx while the backend of the reference stack is away."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.scenarios.harness import Site, until

pytestmark = [pytest.mark.engine, pytest.mark.full]


@pytest.fixture
def backend_with_a_volume(deployed: Site) -> Iterator[None]:
    """The backend writes to a volume, which only one may do: it stops first."""
    deployed.change("compose.yaml", "volumes:\n  postgres-data: {}", "volumes:\n  scratch: {}\n  postgres-data: {}")
    deployed.change("compose.yaml", "  backend:\n    <<: *hardened\n", f"  backend:\n    <<: *hardened\n{VOLUME}")
    with (deployed.stack / "flawless.toml").open("a") as settings:
        settings.write(SLOW)
    change = deployed.commit("a single writer")
    first = deployed.deploy()
    assert first.code == 0, first.err + first.out
    yield
    deployed.git("revert", "--no-edit", change)
    assert deployed.deploy().code == 0


SLOW = """
[[waivers]]
check = "response-slow"
reason = "the machine has other work too"
owner = "tests"
"""
VOLUME = '    volumes: ["scratch:/scratch"]\n'


def retry_after(site: Site) -> str:
    """What the site tells a client to wait; "" while it serves."""
    trust = ssl.create_default_context(cafile=str(site.stack / "certs" / "ca.crt"))
    try:
        with urllib.request.urlopen(f"https://127.0.0.1:{site.https}/health", timeout=5, context=trust):
            return ""
    except urllib.error.HTTPError as error:
        return error.headers.get("Retry-After") or ""
    except OSError:
        return ""


def test_a_page_is_shown_while_the_backend_is_away_and_is_gone_afterwards(
    deployed: Site, backend_with_a_volume: None
) -> None:
    own = (deployed.stack / "nginx" / "conf" / "conf.d").iterdir()
    live = deployed.stack / ".flawless" / "live" / "nginx" / "conf" / "conf.d"
    revision = deployed.commit("with a page")
    process = deployed.start_deploy("--maintenance")
    try:
        until(lambda: retry_after(deployed) == "30", 120, "the page is shown")
        assert process.wait(timeout=180) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(timeout=30)
    assert deployed.revision() == revision
    assert all((live / file.name).read_bytes() == file.read_bytes() for file in own)
