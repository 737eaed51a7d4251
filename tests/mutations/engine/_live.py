"""What goes wrong in a stack that runs, and heals again."""

from __future__ import annotations

import datetime
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mutations._clean import certificate_for
from tests.mutations.engine._harm import Harm, Hurt, Twin
from tests.scenarios.harness import Site, docker, until

HEALTHY_SECONDS = 60
_DAY = datetime.timedelta(days=1)


def one(site: Site, service: str) -> str:
    """The container of a service."""
    label = f"label=com.docker.compose.service={service}"
    project = f"label=com.docker.compose.project={site.project}"
    return docker("ps", "--all", "--quiet", "--filter", project, "--filter", label)


def is_healthy(site: Site, service: str) -> bool:
    return docker("inspect", "--format", "{{.State.Health.Status}}", one(site, service)) == "healthy"


def healed(site: Site, *services: str) -> None:
    """Wait for services to be healthy again."""
    until(lambda: all(is_healthy(site, name) for name in services), HEALTHY_SECONDS, f"{services} healthy again")


def psql(site: Site, statement: str) -> None:
    docker("exec", one(site, "postgres"), "psql", "-U", "postgres", "-d", "viworks", "-qc", statement)


def password(value: str) -> Hurt:
    """The role of the application gets a password; "" is the one that it has."""

    @contextmanager
    def hurt(site: Site) -> Iterator[None]:
        own = (site.stack / "secrets" / "database_app_password").read_text().strip()
        psql(site, f"alter role viworks_app password '{value or own}'")
        try:
            yield
        finally:
            psql(site, f"alter role viworks_app password '{own}'")
            healed(site, "backend")

    return hurt


def images_of_releases(site: Site) -> list[tuple[str, str]]:
    """(name, id) of the images that flawless keeps of the releases, without those of what runs."""
    format_ = "{{.Repository}}:{{.Tag}} {{.ID}}"
    listed = docker("images", "--no-trunc", "--format", format_, "--filter", f"reference=flawless/{site.project}-*")
    running = {docker("inspect", "--format", "{{.Image}}", one(site, name)) for name in ("frontend", "backend")}
    pairs = [(name, number) for name, _, number in (line.partition(" ") for line in listed.splitlines())]
    return [pair for pair in pairs if pair[1] not in running]


@contextmanager
def pruned(site: Site) -> Iterator[None]:
    """Somebody removes the images that nothing runs on; they are loaded again."""
    gone = [pair for pair in images_of_releases(site) if "backend" in pair[0]]
    assert gone, "no image is kept of the earlier release"
    for _, number in gone:
        docker("tag", number, f"{site.project}-kept:{number[7:19]}")
    for name, _ in gone:
        docker("rmi", name)
    try:
        yield
    finally:
        for name, number in gone:
            docker("tag", number, name)
            docker("rmi", f"{site.project}-kept:{number[7:19]}")


def held(name: str) -> Hurt:
    """A container of nobody's project has a name; {1} is the number of the backend that would be made next."""

    @contextmanager
    def hurt(site: Site) -> Iterator[None]:
        label = '{{index .Config.Labels "com.docker.compose.container-number"}}'
        number = int(docker("inspect", "--format", label, one(site, "backend"))) + 1
        made = docker("create", "--name", name.format(site.project, number), "debian:bookworm-slim", "true")
        try:
            yield
        finally:
            docker("rm", "--force", made)

    return hurt


@contextmanager
def dies_once(site: Site) -> Iterator[None]:
    """The first process of the backend is killed, and the engine starts it again."""
    backend = one(site, "backend")
    os.kill(int(docker("inspect", "--format", "{{.State.Pid}}", backend)), signal.SIGKILL)
    until(lambda: docker("inspect", "--format", "{{.RestartCount}}", backend) == "1", 30, "it was started again")
    healed(site, "backend")
    try:
        yield
    finally:
        docker("restart", backend)  # by hand: that is no restart of the engine's own
        healed(site, "backend")


@contextmanager
def stands_still(site: Site) -> Iterator[None]:
    """Every process of the frontend is stopped; its healthcheck has to say so."""
    pids = [int(pid) for pid in docker("top", one(site, "frontend"), "-eo", "pid").split()[1:]]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: not is_healthy(site, "frontend"), HEALTHY_SECONDS, "the engine calls it unhealthy")
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        healed(site, "frontend")


@contextmanager
def stopped(site: Site) -> Iterator[None]:
    """Somebody stops the cache."""
    docker("stop", one(site, "redis"))
    try:
        yield
    finally:
        docker("start", one(site, "redis"))
        healed(site, "redis", "backend")


@contextmanager
def cut_off(site: Site) -> Iterator[None]:
    """The proxy cannot reach the backend any more."""
    network = f"{site.project}_app"
    docker("network", "disconnect", network, one(site, "backend"))
    try:
        yield
    finally:
        docker("network", "connect", "--alias", "backend", network, one(site, "backend"))
        healed(site, "backend")


def joined(network: str) -> Hurt:
    """The database hangs on one more network."""

    @contextmanager
    def hurt(site: Site) -> Iterator[None]:
        name = network.format(site.project)
        own = not docker("network", "ls", "--quiet", "--filter", f"name=^{name}$")
        if own:
            docker("network", "create", "--internal", name)
        docker("network", "connect", name, one(site, "postgres"))
        try:
            yield
        finally:
            docker("network", "disconnect", name, one(site, "postgres"))
            if own:
                docker("network", "rm", name)

    return hurt


def memory(limit: str) -> Hurt:
    """Somebody gives the backend another memory limit by hand."""

    @contextmanager
    def hurt(site: Site) -> Iterator[None]:
        docker("update", "--memory", limit, "--memory-swap", limit, one(site, "backend"))
        try:
            yield
        finally:
            docker("update", "--memory", "256m", "--memory-swap", "256m", one(site, "backend"))

    return hurt


def certificate(*names: str, begins: int, ends: int) -> Hurt:
    """The proxy shows a certificate that signed itself; the authority to trust is the same. Days from now."""

    @contextmanager
    def hurt(site: Site) -> Iterator[None]:
        public, private = certificate_for(*names, begins=begins * _DAY, ends=ends * _DAY)
        files = {path: path.read_bytes() for path in _certificate(site)}
        for path, content in zip(files, (public, private, public), strict=True):
            path.write_bytes(content)  # in place: a file that is mounted by itself keeps its inode
        docker("exec", one(site, "nginx"), "nginx", "-s", "reload")
        try:
            yield
        finally:
            for path, content in files.items():
                path.write_bytes(content)
            docker("exec", one(site, "nginx"), "nginx", "-s", "reload")

    return hurt


def _certificate(site: Site) -> tuple[Path, Path, Path]:
    certs, secrets = site.stack / "certs", site.stack / "secrets"
    return certs / "tls.crt", secrets / "tls_key", certs / "ca.crt"


LIVE = "live"
OWN = ("localhost", "127.0.0.1")
DEFECTS = (
    Harm("20 21", "a new password on the old volume", LIVE, password("another-one"),
         frozenset({"database-unreachable"}), "password authentication failed"),
    Harm("40", "the images of the last good release are pruned", LIVE, pruned, frozenset({"rollback-impossible"}),
         "lacks image of backend"),
    Harm("40 F16", "somebody else's container holds the name", LIVE, held("{0}-backend-{1}"),
         frozenset({"foreign-container-holds-name"}), "no Compose project"),
    Harm("F04 F22", "the program dies and is started again", LIVE, dies_once, frozenset({"container-restarted"})),
    Harm("F04", "a service is stopped", LIVE, stopped, frozenset({"service-not-running"}), "redis-1 is exited",
         also=frozenset({"cache-unreachable", "endpoint-fails", "service-unhealthy"})),
    Harm("F09", "a service stays unhealthy", LIVE, stands_still, frozenset({"service-unhealthy"}), "frontend",
         also=frozenset({"proxy-upstream-unreachable"})),
    Harm("F05", "the proxy cannot reach the API", LIVE, cut_off, frozenset({"backend-unreachable"}),
         also=frozenset({"proxy-upstream-unreachable", "endpoint-fails", "websocket-headers-missing"})),
    Harm("14", "the database hangs on the public network", LIVE, joined("{0}_edge"),
         frozenset({"network-not-isolated"}), "the way to the data is open"),
    Harm("F39", "a repair that was made in a container", LIVE, memory("300m"), frozenset({"container-drifted"})),
    Harm("32", "the certificate ended yesterday", LIVE, certificate(*OWN, begins=-90, ends=-1),
         frozenset({"tls-certificate-invalid"}), "expired 1 days ago"),
    Harm("32", "the certificate is for another name", LIVE, certificate("other.example", begins=-1, ends=80),
         frozenset({"tls-certificate-invalid"}), "mismatch"),
)  # fmt: skip
TWINS = (
    Twin("20 21", "the password is set again to what it is", LIVE, password("")),
    Twin("40 F16", "a container whose name only begins like one of the stack", LIVE, held("{0}x-backend-{1}")),
    Twin("14", "the database hangs on one more internal network", LIVE, joined("{0}-backup")),
    Twin("F39", "a limit is written again as it is", LIVE, memory("256m")),
    Twin("32", "a new certificate", LIVE, certificate(*OWN, begins=-1, ends=80)),
)
