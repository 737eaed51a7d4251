"""A good release that serves, rows in its database, somebody else's project beside it, and what must hold of all."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.kinds import CHANGES, Kind
from tests.faults.prober import Outside
from tests.faults.results import Row
from tests.scenarios.harness import ALLOWED, COMMAND_SECONDS, SERVICES, Result, Site, docker

LAUNCHER = Path(__file__).with_name("launcher.py")
SOAK = "3s"
KILLED = -9
_SLOW = ("http-not-redirected", "security-headers-missing", "proxy-upstream-unreachable")  # to find out, when busy
_BASE = "debian:bookworm-slim"
_NETWORKS = ("app", "data", "edge")
_VOLUMES = ("acme", "postgres-data", "redis-data")

Fault = dict[str, Any]


class Bystander:
    """Another project on the same engine, its name the beginning of the site's one longer, its images in our folder."""

    def __init__(self, project: str) -> None:
        self.project = project
        self._image = f"flawless/{project}-web:1"
        label = f"com.docker.compose.project={project}"
        docker("tag", _BASE, self._image)
        docker("network", "create", "--label", label, f"{project}_default")
        docker("volume", "create", "--label", label, f"{project}_data")
        docker(
            "run", "--detach", "--name", f"{project}-web-1", "--label", label,
            "--label", "com.docker.compose.service=web", "--label", "com.docker.compose.container-number=1",
            "--network", f"{project}_default", "--volume", f"{project}_data:/data", self._image, "sleep", "infinity",
        )  # fmt: skip
        self.before = self.now()

    def now(self) -> str:
        """Everything that a deploy next door must leave as it is."""
        container = docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}} {{.State.Status}}", self._container)
        network = docker("network", "inspect", "--format", "{{.Id}} {{len .Containers}}", f"{self.project}_default")
        volume = docker("volume", "inspect", "--format", "{{.CreatedAt}}", f"{self.project}_data")
        return f"{container} {network} {volume} {docker('image', 'inspect', '--format', '{{.Id}}', self._image)}"

    @property
    def _container(self) -> str:
        return f"{self.project}-web-1"

    def remove(self) -> None:
        """Take it away."""
        docker("rm", "--force", self._container)
        docker("network", "rm", f"{self.project}_default")
        docker("volume", "rm", f"{self.project}_data")
        docker("rmi", self._image)


class Ground:
    """A site whose good release serves. ``outside`` is the prober of the test that has it."""

    def __init__(self, folder: Path, project: str) -> None:
        self.site = Site(folder, project)
        self._give_room()
        self.bystander = Bystander(f"{project}x")
        self.outside = Outside(self.site)
        self.row = Row("")
        self.good = self.site.git("rev-parse", "HEAD")
        self.kept = ""

    def prepare(self) -> None:
        """Deploy the first good release, and enter what must survive everything."""
        first = self.deploy()
        assert first.code == 0, first.err + first.out
        body = {"service": "shop", "revision": "abc123", "environment": "production"}
        assert self.site.get("/api/deployments", body=body, token=self.site.token())[0] == 201
        self.kept = self.rows()

    def _give_room(self) -> None:
        """Healthchecks that a busy machine does not fail, and no judgement of its speed: the clock makes no fault."""
        file = self.site.stack / "compose.yaml"
        text = file.read_text().replace("start_period: 15s", "start_period: 40s")
        file.write_text(re.sub(r"timeout: [23]s", "timeout: 15s", text))
        with (self.site.stack / "flawless.toml").open("a") as settings:
            settings.write("\n[checks.response-slow]\nenabled = false\n")
            settings.writelines(f'\n[checks.{name}]\nwhen_unknown = "warn"\nreason = "busy"\n' for name in _SLOW)
        self.site.commit("room for a busy machine")

    def flawless(self, *words: str, faults: Sequence[Fault] = (), **environment: str) -> Result:
        """Run flawless in the stack's folder; something goes wrong in it where ``faults`` say so."""
        report = self.site.stack / ".flawless" / "report.json"
        report.unlink(missing_ok=True)
        done = subprocess.run(
            (sys.executable, LAUNCHER, *words),
            cwd=self.site.stack,
            env={**self.site.environment, "FLAWLESS_FAULTS": json.dumps(faults), **environment},
            capture_output=True,
            text=True,
            timeout=2 * COMMAND_SECONDS,
            check=False,
        )
        self.row.codes = (*self.row.codes, done.returncode)
        return Result(done, report)

    def deploy(self, *words: str, faults: Sequence[Fault] = (), **environment: str) -> Result:
        """Deploy with a short soak."""
        return self.flawless("deploy", "--soak", SOAK, *ALLOWED, *words, faults=faults, **environment)

    def commit(self, kind: Kind) -> str:
        """Commit a new release of a kind; its revision."""
        for change in CHANGES[kind]:
            self.site.change(change.path, change.old, change.new)
        return self.site.commit(kind.value)

    def fall(self) -> list[Fault]:
        """Tells a release that is bad in soak when to fall."""
        trust = str(self.site.stack / "certs" / "ca.crt")
        url = f"https://127.0.0.1:{self.site.https}/version?fall=true"
        return [{"at": "soak started", "do": ["curl", "--silent", "--fail", "--cacert", trust, url]}]

    def back_to_good(self) -> None:
        """The checkout is again the commit that is known to be good."""
        self.site.git("reset", "--hard", "--quiet", self.good)

    def rows(self) -> str:
        """A digest of what the site's people entered; asked inside, so that it needs no release that works."""
        query = (
            "select count(*) || ' ' || md5(string_agg(d::text, '' order by id)) from deployments d "
            "union all select count(*) || ' accounts' from accounts"
        )
        return self.psql(query)

    def psql(self, query: str) -> str:
        """What the database answers, asked inside of it."""
        (postgres,) = self.ids("postgres")["postgres"]
        return docker("exec", postgres, "psql", "-U", "postgres", "-d", "viworks", "-Atc", query)

    def run_printed(self, result: Result) -> None:
        """Run the command that flawless printed, as its reader would."""
        argv = ("sh", "-c", printed(result))
        subprocess.run(argv, cwd=self.site.stack, check=True, timeout=COMMAND_SECONDS)

    def ids(self, *services: str) -> dict[str, list[str]]:
        """Ids of the running containers of each service."""
        project = f"label=com.docker.compose.project={self.site.project}"
        return {
            name: docker(
                "ps", "-q", "--filter", project, "--filter", f"label=com.docker.compose.service={name}"
            ).split()
            for name in services or SERVICES
        }

    def holds(self, revision: str) -> None:
        """Fail unless this release alone serves, whole and healthy, and nothing else was changed or left behind."""
        assert self.outside.seen() == {"backend": {revision}, "frontend": {revision}}
        self.site.exactly_one_each()
        assert self.rows() == self.kept
        assert self.bystander.now() == self.bystander.before
        left = self.left_behind()
        assert not left, f"left behind: {left}"

    def left_behind(self) -> list[str]:
        """Networks, volumes, leases and images of half-made releases that should not be there."""
        project = self.site.project
        label = f"label=com.docker.compose.project={project}"
        networks = docker("network", "ls", "--filter", label, "--format", "{{.Name}}").split()
        volumes = docker("volume", "ls", "--filter", label, "--format", "{{.Name}}").split()
        wanted = {f"{project}_{name}" for name in (*_NETWORKS, *_VOLUMES)}
        trees = [str(path) for path in (self.site.stack / ".flawless" / "releases").glob("*/tree")]
        return [*sorted({*networks, *volumes} ^ wanted), *self.leases(), *trees]

    def leases(self) -> list[str]:
        """Ids of the site's leases, held or not."""
        return docker("ps", "--all", "--quiet", "--filter", f"name=flawless-lease-{self.site.project}$").split()

    def is_good(self) -> bool:
        """Whether the good release serves as if nothing had happened."""
        try:
            self.holds(self.good)
        except (AssertionError, subprocess.CalledProcessError, OSError, ValueError):
            return False
        return True

    def remove(self) -> None:
        """Take site and bystander away, and the lease of a deploy that a failing test left killed."""
        for lease in self.leases():
            docker("rm", "--force", lease)
        self.site.remove()
        self.bystander.remove()


def project_name() -> str:
    """A name that no other run has."""
    return f"flfault{os.getpid()}"


def printed(result: Result) -> str:
    """The command that a failed way back names."""
    found = re.search(r"run: (docker compose .+ --wait [a-z ]+)$", result.report["decision"]["reason"])
    assert found, result.err + result.out
    return found[1]


def came_back(ground: Ground, result: Result) -> None:
    """A deploy failed, said so, and the good release alone serves."""
    assert result.code == 4, result.err + result.out
    assert result.report["decision"]["go"] is False
    ground.holds(ground.good)


def ends_well(ground: Ground, revision: str) -> None:
    """One deploy of what is checked out is enough; it is the good release from now on."""
    result = ground.deploy()
    assert result.code == 0, result.err + result.out
    ground.good = revision
    ground.holds(revision)
