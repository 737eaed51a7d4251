"""Switches on the real engine, one step at a time, with requests through a real nginx all the while."""

from __future__ import annotations

import http.client
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from msgspec import structs

from flawless.app.model_file import relocated, run_model
from flawless.app.ports import make_ports
from flawless.app.session import Asked, open_session
from flawless.app.sites import config_hashes, make_site, running, write_model
from flawless.deploy.failure import StepFailedError
from flawless.deploy.plan import Options, handed_names, plan
from flawless.deploy.runner import walk
from flawless.deploy.site import Site
from flawless.model.plan import Step, StepRecord
from flawless.model.release import Release, ReleaseService
from flawless.ports.aioengine import AioEngine
from tests.scenarios.harness import REPOSITORY, docker, free_port, until
from tests.scenarios.two_services import SERVER

pytestmark = [pytest.mark.engine, pytest.mark.full]

BASE = "debian:bookworm-slim"
CONF = """\
pid /tmp/nginx.pid;
error_log stderr warn;
events {}
http {
    access_log off;
    client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;
    uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
    resolver 127.0.0.11 valid=1s ipv6=off;
    proxy_connect_timeout 2s;
    proxy_http_version 1.1;
    server {
        listen 8080;
        set $up api;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;
        location / { proxy_pass PASS; }
    }
}
"""
AGAIN, ONCE = "http://$up:8081", "http://api:8081"


class CutOffError(BaseException):
    """The process was killed."""


class Cut(AioEngine):
    """An engine that dies before the call number ``at`` that changes a container."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    def _next(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise CutOffError

    async def stop(self, ref: str, grace: float) -> None:
        self._next()
        await super().stop(ref, grace)

    async def remove(self, ref: str, *, force: bool = False) -> None:
        self._next()
        await super().remove(ref, force=force)

    async def rename(self, ref: str, name: str) -> None:
        self._next()
        await super().rename(ref, name)


class Stage:
    """An nginx and a backend in a folder; ``switch`` brings them to a revision."""

    def __init__(self, folder: Path, project: str, image: str) -> None:
        self.root = folder
        self.project = project
        self.port = free_port()
        self.steps: tuple[Step, ...] = ()
        self.records: list[StepRecord] = []
        self.notes: list[str] = []
        (folder / "conf").mkdir()
        (folder / "app").mkdir()
        (folder / "app" / "server.pl").write_text(SERVER)
        self.model: dict[str, Any] = {
            "name": project,
            "services": {
                "nginx": {
                    "image": image,
                    "ports": [f"127.0.0.1:{self.port}:8080"],
                    "networks": ["edge", "app"],
                    "volumes": ["./conf:/etc/nginx:ro"],
                    "stop_signal": "SIGQUIT",
                    "depends_on": ["api"],
                },
                "api": {
                    "image": BASE,
                    "init": True,
                    "command": ["perl", "/app/server.pl"],
                    "networks": ["app"],
                    "volumes": ["./app:/app:ro"],
                    "stop_grace_period": "30s",
                    "healthcheck": {
                        "test": ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8081"],
                        "interval": "1s",
                        "timeout": "10s",
                        "start_period": "10s",
                        "retries": 3,
                    },
                },
            },
            "networks": {"edge": {}, "app": {"internal": True}},
        }
        self.proxy(AGAIN)

    @property
    def api(self) -> dict[str, Any]:
        """The backend's part of the compose file."""
        service: dict[str, Any] = self.model["services"]["api"]
        return service

    def proxy(self, passes_to: str) -> None:
        """Write nginx's configuration."""
        (self.root / "conf" / "nginx.conf").write_text(CONF.replace("PASS", passes_to))

    async def switch(self, revision: str, *, engine: AioEngine | None = None) -> None:
        """Plan and walk to a revision; ``steps`` and ``records`` are those of this walk."""
        self.api["environment"] = {"APP_REVISION": revision}
        (self.root / "compose.yaml").write_text(yaml.safe_dump(self.model))
        ports = make_ports()
        ports = structs.replace(ports, engine=engine or ports.engine)
        try:
            session = await open_session(self.root, ports, Asked(), lambda text: None)
            session.make_folder()
            site = await _site(session, revision)
            self.notes = site.notes
            now = await running(session, site.stack)
            found = plan(site.stack, site.wanted, now, Options(), release=revision, parent="r0")
            self.steps = tuple(step for step in found.steps if step.service)
            self.records = []
            await walk(site, self.steps, self.records.append)
        finally:
            if ports.relay:
                await ports.relay.close()
            await ports.engine.close()

    def step(self) -> Step:
        """The step that switched the backend."""
        return next(step for step in self.steps if step.service == "api")

    def names(self, *, running: bool = True) -> list[str]:
        """Names of the backend's containers."""
        labels = (f"com.docker.compose.project={self.project}", "com.docker.compose.service=api")
        filters = [word for label in labels for word in ("--filter", f"label={label}")]
        return sorted(docker("ps", *(() if running else ("--all",)), *filters, "--format", "{{.Names}}").split())

    def ask(self, path: str = "/") -> str:
        """What the site answers; OSError or an AssertionError when it does not."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, answer.status
            return text
        finally:
            connection.close()

    @contextmanager
    def asked(self, path: str = "/", pause: float = 0.02) -> Iterator[list[str]]:
        """Requests one after the other all the while; "" for each that was answered, else why not."""
        over, said = threading.Event(), []

        def go() -> None:
            while not over.is_set():
                try:
                    self.ask(path)
                    said.append("")
                except (OSError, AssertionError, http.client.HTTPException) as error:
                    said.append(f"{type(error).__name__} {error}")
                time.sleep(pause)

        asking = threading.Thread(target=go)
        asking.start()
        try:
            yield said
        finally:
            over.set()
            asking.join(timeout=30)

    def remove(self) -> None:
        """Take everything away."""
        label = f"label=com.docker.compose.project={self.project}"
        for listing, removal in (("ps --all --quiet", "rm --force --volumes"), ("network ls --quiet", "network rm")):
            if found := docker(*listing.split(), "--filter", label).split():
                docker(*removal.split(), *found)


async def _site(session: Any, revision: str) -> Site:
    """The place where a release is brought up: images as they are, names handed over."""
    live = session.folder / "live"
    handed = handed_names(session.stack)
    images = {service.name: service.image for service in session.stack.services}
    model = run_model(session.resolved.model, session.root, live, images, set(), handed=handed)
    release = Release(
        id=revision,
        stack=session.stack.name,
        revision=revision,
        created=0.0,
        stack_digest="",
        env_digest="",
        services=(),
        config=msgspec.json.encode(model).decode(),
        model=relocated(session.stack, live, set(), handed),
        parent="r0",
    )
    file = write_model(session, release)
    hashes = await config_hashes(session, file)
    ids = {name: docker("image", "inspect", "--format", "{{.Id}}", image) for name, image in images.items()}
    services = tuple(ReleaseService(name, ids[name], images[name], hashes[name]) for name in images)
    return make_site(session, structs.replace(release, services=services), file)


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    """The reference stack's nginx, its healthcheck and entrypoint included."""
    name = f"flstage{os.getpid()}/nginx:tests"
    docker("build", "--quiet", "--tag", name, str(REPOSITORY / "stack" / "nginx"))
    yield name
    docker("rmi", name)


@pytest.fixture
async def stage(tmp_path: Path, image: str) -> AsyncIterator[Stage]:
    """A stage on which nothing runs yet."""
    made = Stage(tmp_path, f"flstage{os.getpid()}", image)
    try:
        yield made
    finally:
        made.remove()


def answered(said: list[str]) -> None:
    """Fail unless there were requests and all were answered."""
    assert len(said) > 20, "too few to say anything"
    assert not [why for why in said if why], [why for why in said if why][:5]


async def test_a_fixed_name_is_handed_over_without_a_gap_and_back_again(stage: Stage) -> None:
    fixed = f"{stage.project}-fixed"
    stage.api["container_name"] = fixed
    await stage.switch("one")
    assert stage.names() == [fixed]
    for revision in ("two", "one"):
        with stage.asked() as said:
            await stage.switch(revision)
        answered(said)
        assert (stage.step().strategy, stage.names(running=False)) == ("start-first", [fixed])
        assert f'"revision":"{revision}"' in stage.ask()
    compose = ("compose", "--file", str(stage.root / ".flawless/releases/one/compose.json"))
    assert fixed in docker(*compose, "ps", "api")
    before = docker("inspect", "--format", "{{.Id}}", fixed)
    docker(*compose, "up", "--detach", "--no-build")
    assert docker("inspect", "--format", "{{.Id}}", fixed) == before, "Compose itself sees nothing to recreate"


@pytest.mark.parametrize("at", [1, 2, 3])
async def test_a_handover_that_is_cut_off_is_finished_by_the_next_deploy(stage: Stage, at: int) -> None:
    fixed = f"{stage.project}-fixed"
    stage.api["container_name"] = fixed
    await stage.switch("one")
    with stage.asked() as said:
        with pytest.raises(CutOffError):
            await stage.switch("two", engine=Cut(at))
        assert stage.names(running=False) != [fixed], "nothing was cut off"
        await stage.switch("two")
    answered(said)
    assert stage.names(running=False) == [fixed]
    assert '"revision":"two"' in stage.ask()


async def test_a_handover_that_is_cut_off_gives_way_to_a_newer_release(stage: Stage) -> None:
    stage.api["container_name"] = f"{stage.project}-fixed"
    await stage.switch("one")
    with pytest.raises(CutOffError):
        await stage.switch("two", engine=Cut(2))
    await stage.switch("three")
    assert stage.names(running=False) == [f"{stage.project}-fixed"]
    assert '"revision":"three"' in stage.ask()


@pytest.mark.parametrize("passes_to", [AGAIN, ONCE])
async def test_nginx_finds_the_new_one_whether_it_looks_again_or_only_once(stage: Stage, passes_to: str) -> None:
    stage.proxy(passes_to)
    await stage.switch("one")
    with stage.asked() as said:
        await stage.switch("two")
    answered(said)
    assert stage.step().reload == (("nginx",) if passes_to == ONCE else ())
    assert '"revision":"two"' in stage.ask()


async def test_long_requests_and_upgraded_connections_are_drained(stage: Stage) -> None:
    await stage.switch("one")
    with socket.create_connection(("127.0.0.1", stage.port), timeout=30) as events:
        events.sendall(b"GET /api/events HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        assert events.recv(100).startswith(b"HTTP/1.1 101")
        with stage.asked("/api/slow", 0.0) as slow, stage.asked() as said:
            until(lambda: len(slow) > 0, 30, "a slow request is answered")
            await stage.switch("two")
        received = b""
        while more := events.recv(65536):
            received += more
    answered(said)
    assert len(slow) >= 2
    assert not any(slow), slow
    assert received.endswith(b"bye\n"), "it was cut off instead of drained"


async def test_replicas_go_in_batches_with_no_more_than_one_beside_them(stage: Stage) -> None:
    stage.api["deploy"] = {"replicas": 2, "update_config": {"parallelism": 1, "delay": "1s", "monitor": "1s"}}
    await stage.switch("one")
    over, most = threading.Event(), [0]

    def watch() -> None:
        while not over.is_set():
            most[0] = max(most[0], len(stage.names()))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        with stage.asked() as said:
            await stage.switch("two")
    finally:
        over.set()
        watching.join(timeout=30)
    answered(said)
    assert (most, len(stage.names(running=False))) == ([3], 2)


def sick(stage: Stage) -> None:
    """A healthcheck that fails soon."""
    never = ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/1"]
    stage.api["healthcheck"] = {"test": never, "interval": "1s", "timeout": "10s", "retries": 1, "start_period": "0s"}


@pytest.mark.parametrize(
    ("action", "running", "all_of_them"),
    [("rollback", 1, 1), ("pause", 1, 2), ("continue", 1, 1)],
)
async def test_what_failure_action_says_is_done(stage: Stage, action: str, running: int, all_of_them: int) -> None:
    stage.api["deploy"] = {"update_config": {"failure_action": action}}
    stage.model["services"]["api"]["deploy"]["rollback_config"] = (
        {"failure_action": action} if action != "rollback" else {}
    )
    await stage.switch("one")
    sick(stage)
    with stage.asked() as said:
        if action == "continue":
            await stage.switch("two")
            assert "left as it is" in stage.notes[0]
        else:
            with pytest.raises(StepFailedError) as caught:
                await stage.switch("two")
            assert caught.value.paused is (action == "pause")
    answered(said)
    assert (len(stage.names()), len(stage.names(running=False))) == (running, all_of_them)
    assert '"revision":"one"' in stage.ask()


async def test_what_listens_on_the_loopback_address_only_never_takes_over(stage: Stage) -> None:
    await stage.switch("one")
    server = stage.root / "app" / "server.pl"
    server.write_text(SERVER.replace("LocalPort => 8081", "LocalAddr => '127.0.0.1', LocalPort => 8081"))
    refused = pytest.raises(StepFailedError, match=r"port 8081 of its address in \S+_app is refused")
    with stage.asked() as said, refused:
        await stage.switch("two")
    answered(said)
    assert '"revision":"one"' in stage.ask()


async def test_stop_first_is_obeyed_where_the_file_says_so(stage: Stage) -> None:
    stage.api["deploy"] = {"update_config": {"order": "stop-first"}}
    await stage.switch("one")
    await stage.switch("two")
    assert stage.step().strategy == "stop-first"
    assert '"revision":"two"' in stage.ask()
