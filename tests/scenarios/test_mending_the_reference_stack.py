"""The reference stack debugged, made anew, emptied and put back, with another project beside it that is not touched."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.scenarios.harness import ALLOWED, SOAK, Site, docker
from tests.scenarios.keeper import untouched

pytestmark = [pytest.mark.engine, pytest.mark.full]

OTHER = f"flbeside{os.getpid()}"
KEYS = [f"viworks:kept:{number}" for number in range(20)]
ASK = 'REDISCLI_AUTH="$(cat /run/secrets/redis_password)" exec redis-cli -h 127.0.0.1 "$@"'


def container(site: Site, service: str) -> str:
    """The one container of a service."""
    labels = (f"label=com.docker.compose.project={site.project}", f"label=com.docker.compose.service={service}")
    (found,) = docker("ps", "--quiet", "--filter", labels[0], "--filter", labels[1]).split()
    return found


def redis(site: Site, *words: str) -> str:
    return docker("exec", container(site, "redis"), "sh", "-c", ASK, "ask", *words)


class Content(NamedTuple):
    """The database as PostgreSQL dumps it, a line for each row, and what was put into Redis: its user may not list.

    Whoever asks the site logs in, and that is written down: what is ``noted`` may grow, and what is ``kept`` may not.
    """

    kept: tuple[str, ...]
    noted: frozenset[str]
    keys: tuple[str, ...]

    def is_in(self, other: Content) -> bool:
        return (self.kept, self.keys) == (other.kept, other.keys) and self.noted <= other.noted


def content(site: Site) -> Content:
    dump = docker("exec", container(site, "postgres"), "pg_dump", "-U", "postgres", "-d", "viworks", "--inserts")
    lines = [line for line in dump.splitlines() if line and not line.startswith(("--", "\\"))]
    passing = tuple(f"INSERT INTO public.{table} " for table in ("sessions", "refresh_tokens", "audit_head"))
    noted = frozenset(line for line in lines if line.startswith("INSERT INTO public.audit_log "))
    counters = re.compile(r"pg_catalog\.setval\(")
    kept = (line for line in lines if line not in noted and not line.startswith(passing) and not counters.search(line))
    return Content(tuple(kept), noted, tuple(redis(site, "get", key) for key in KEYS))


def fill(site: Site) -> None:
    """Deployments through the application, as its users make them, and keys beside them."""
    token = site.token()
    for number in range(20):
        notes = f"release-{number} 'quoted' ü"
        body = {"service": "backend", "revision": f"1.0.{number}", "environment": "staging", "notes": notes}
        status, answer = site.get("/api/deployments", body=body, token=token)
        assert status == 201, answer
    for number, key in enumerate(KEYS):
        assert redis(site, "set", key, f"value {number} \x01ü") == "OK"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[None]:
    """Another project, which must be afterwards what it was before."""
    with untouched(tmp_path / "other", OTHER):
        yield


def level(site: Site) -> str:
    """The log level that the backend was started with."""
    told = json.loads(docker("inspect", "--format", "{{json .Config.Env}}", container(site, "backend")))
    return next((each for each in told if each.startswith("LOG_LEVEL=")), "")


@pytest.mark.timeout(1500)
def test_debug_reset_and_restore_leave_the_data_byte_for_byte(deployed: Site, other: None) -> None:
    site = deployed
    fill(site)
    before, usual = content(site), level(site)
    assert sum("release-" in line for line in before.kept) == 20 and before.noted and all(before.keys)

    debugged = site.flawless("debug", "backend", "--for", "5s", "--set", "LOG_LEVEL=debug")
    assert debugged.code == 0, debugged.err + debugged.out
    assert level(site) == usual
    assert "debug" in site.flawless("history").out

    anew = site.flawless("reset", "--yes", "--soak", SOAK, *ALLOWED)
    assert anew.code == 0, anew.err + anew.out
    assert before.is_in(content(site))

    kept = site.flawless("backup")
    assert kept.code == 0, kept.err + kept.out
    (name,) = {folder.name for folder in (site.stack / ".flawless" / "saved").iterdir() if folder.is_dir()}
    emptied = site.flawless("reset", "--volumes", "--confirm", site.project, "--yes", "--soak", SOAK, *ALLOWED)
    assert emptied.code == 0, emptied.err + emptied.out
    assert not before.is_in(content(site))

    back = site.flawless("restore", name, "--confirm", site.project)
    assert back.code == 0, back.err + back.out
    assert before.is_in(content(site))
    site.exactly_one_each()
