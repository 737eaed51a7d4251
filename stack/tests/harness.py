"""A copy of this stack on the real engine: a project, ports, image names and secrets of its own."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

T = TypeVar("T")

STACK = Path(__file__).resolve().parents[1]
OVERRIDE = "compose.tests.yaml"
SERVICES = ("nginx", "frontend", "backend", "postgres", "redis")
BACKEND_PORT = 8081
COMMAND_SECONDS = 600.0
REQUEST_SECONDS = 30.0
RENEW_AFTER = 300.0  # half the life of an access token
# No test that is not about limits should meet one.
GENEROUS = {
    "LOGIN_RATE_PER_ADDRESS": "1000000/minute",
    "API_RATE_PER_ACCOUNT": "1000000/minute",
    "API_RATE_PER_ADDRESS": "1000000/minute",
}


def free_port() -> int:
    """A port of the loopback address that nobody holds now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(argv: tuple[str, ...], *, cwd: Path = STACK, env: Mapping[str, str] | None = None, feed: str = "") -> str:
    """What a command prints on both streams; RuntimeError with its last lines when it ends with anything but 0."""
    done = subprocess.run(
        argv,
        cwd=cwd,
        env=env,
        input=feed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        last = "\n".join(done.stdout.strip().splitlines()[-200:])
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{last}")
    return done.stdout.rstrip("\n")


def docker(*args: str) -> str:
    """What the docker client prints."""
    return run(("docker", *args))


def until(ask: Callable[[], T], seconds: float, what: str) -> T:
    """Poll until ``ask`` answers with something true, and return it; AssertionError when it does not in time."""
    end = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)
    return found


@dataclass
class Login:
    """A session: the access token, the cookie that renews it, and whose it is."""

    token: str
    cookies: dict[str, str]
    user: dict[str, Any]
    password: str = field(repr=False)
    at: float = field(default_factory=time.monotonic)

    @property
    def bearer(self) -> dict[str, str]:
        """The header that the API asks for."""
        return {"Authorization": f"Bearer {self.token}"}


class Site:
    """The stack in a folder of its own; nothing runs before ``up``. Always ends with ``remove``."""

    def __init__(self, folder: Path, project: str) -> None:
        self.project = project
        self.stack = folder / "stack"
        self.https, self.http = free_port(), free_port()
        self.images = {service: f"{project}/{service}:tests" for service in SERVICES}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("COMPOSE_")},
            "COMPOSE_PROJECT_NAME": project,
            "COMPOSE_FILE": f"compose.yaml:{OVERRIDE}",
            "HTTPS_PORT": str(self.https),
            "HTTP_PORT": str(self.http),
            **{f"{service.upper()}_IMAGE": image for service, image in self.images.items()},
        }
        self.sessions: dict[str, Login] = {}
        self.passwords: set[str] = set()
        self.tokens: set[str] = set()
        self.leaks: list[str] = []
        self.earlier: list[str] = []
        ours = shutil.ignore_patterns(".flawless", "__pycache__", "secrets", "certs", ".env", "tests")
        shutil.copytree(STACK, self.stack, ignore=ours)
        self.override(backend=GENEROUS)
        self._limit_at_the_edge(shipped=False)
        run((str(self.stack / "bin" / "setup"),), cwd=self.stack)
        self.trust = ssl.create_default_context(cafile=str(self.stack / "certs" / "ca.crt"))

    # -- the engine

    def override(self, **environments: Mapping[str, str]) -> None:
        """Variables laid over those of ``compose.yaml``, by service; the next ``up`` uses them."""
        laid_over = {"services": {service: {"environment": dict(env)} for service, env in environments.items()}}
        (self.stack / OVERRIDE).write_text(json.dumps(laid_over, indent=1))

    def compose(self, *args: str, feed: str = "") -> str:
        """What ``docker compose`` prints on both streams; RuntimeError when it fails."""
        return run(("docker", "compose", *args), cwd=self.stack, env=self.environment, feed=feed)

    def up(self, *args: str) -> None:
        """Bring up what is not there or has changed, and wait until it is healthy; the logs are in the error."""
        try:
            self.compose("up", "--detach", "--wait", "--quiet-pull", *args)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{self.compose('logs', '--tail', '20')}") from None

    @contextmanager
    def with_environment(self, **backend: str) -> Iterator[None]:
        """The backend with these variables laid over its own, and no others; as before afterwards."""
        before = (self.stack / OVERRIDE).read_text()
        self.earlier.append(self.logs("backend"))
        self.override(backend=backend)
        self.up("--no-deps", "backend")
        try:
            yield
        finally:
            self.earlier.append(self.logs("backend"))
            (self.stack / OVERRIDE).write_text(before)
            self.up("--no-deps", "backend")

    @contextmanager
    def shipped_limits(self) -> Iterator[None]:
        """The backend and the proxy with the limits they come with; generous again afterwards."""
        with self.with_environment():
            self._limit_at_the_edge(shipped=True)
            self._reload_proxy()
            try:
                yield
            finally:
                self._limit_at_the_edge(shipped=False)
                self._reload_proxy()

    def _limit_at_the_edge(self, *, shipped: bool) -> None:
        """Write the proxy's configuration as it comes, or with rates that no test meets by accident."""
        for file in sorted((STACK / "nginx" / "conf").rglob("*.conf")):
            text = file.read_text()
            generous = re.sub(r"\brate=\d+r/[sm]", "rate=100000r/s", text)
            if generous != text:
                (self.stack / file.relative_to(STACK)).write_text(text if shipped else generous)

    def _reload_proxy(self) -> None:
        """Have nginx read its configuration, and wait until no worker of the old one takes requests."""
        before = self._proxy_workers()
        self.compose("exec", "-T", "nginx", "nginx", "-s", "reload")
        until(lambda: not before & self._proxy_workers(), 30, "the old workers are leaving")

    def _proxy_workers(self) -> set[str]:
        """Process ids of the proxy's workers that take requests; one that is leaving says so in its title."""
        titles = docker("top", self.containers("nginx")[0], "-o", "pid,args").splitlines()
        return {title.split()[0] for title in titles if title.rstrip().endswith("nginx: worker process")}

    def containers(self, service: str) -> list[str]:
        """Ids of the running containers of a service, oldest first."""
        labels = {"com.docker.compose.project": self.project, "com.docker.compose.service": service}
        filters = [word for name, value in labels.items() for word in ("--filter", f"label={name}={value}")]
        return docker("ps", "--quiet", "--no-trunc", *filters).split()[::-1]

    def address(self, service: str = "backend", number: int = 0, network: str = "app") -> str:
        """The address of a container on one of the stack's networks; the host can reach it."""
        found = json.loads(docker("inspect", self.containers(service)[number]))[0]
        return str(found["NetworkSettings"]["Networks"][f"{self.project}_{network}"]["IPAddress"])

    @property
    def backend(self) -> str:
        """Where the first backend answers without the proxy before it."""
        return f"http://{self.address('backend')}:{BACKEND_PORT}"

    def psql(self, statement: str) -> str:
        """What a statement of the superuser answers: values separated by ``|``, a row a line."""
        quiet = ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
        connection = ("--username=postgres", "--dbname=viworks")
        return self.compose("exec", "-T", "postgres", *quiet, *connection, feed=statement)

    def logs(self, *services: str) -> str:
        """What the containers wrote, all by default, and what backends wrote that ``with_environment`` replaced."""
        return "\n".join((*self.earlier, self.compose("logs", "--no-color", "--no-log-prefix", *services)))

    def secret(self, name: str) -> str:
        """What a secret file holds."""
        return (self.stack / "secrets" / name).read_text().strip()

    def remove(self) -> None:
        """Take away everything of this project: containers, volumes, networks, image names."""
        label = f"label=com.docker.compose.project={self.project}"
        for listing, removal in (
            (("ps", "--all", "--quiet"), ("rm", "--force", "--volumes")),
            (("network", "ls", "--quiet"), ("network", "rm")),
            (("volume", "ls", "--quiet"), ("volume", "rm", "--force")),
        ):
            if found := docker(*listing, "--filter", label).split():
                docker(*removal, *found)
        names = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={self.project}/*")
        if names:
            docker("rmi", *names.split())

    # -- the site

    @property
    def origin(self) -> str:
        """What a page of this site sends as Origin."""
        return f"https://127.0.0.1:{self.https}"

    def request(self, method: str, path: str, *, login: Login | None = None, **options: Any) -> httpx2.Response:
        """Ask through the proxy over TLS, its authority verified. ``options`` are those of ``httpx2.request``."""
        return self._ask(method, f"{self.origin}{path}", login, options)

    def directly(self, method: str, path: str, *, login: Login | None = None, **options: Any) -> httpx2.Response:
        """Ask the backend itself, without the proxy: it believes X-Forwarded-For then."""
        return self._ask(method, f"{self.backend}{path}", login, options)

    def _ask(self, method: str, address: str, login: Login | None, options: dict[str, Any]) -> httpx2.Response:
        headers = {**(login.bearer if login else {}), **options.pop("headers", {})}
        options.setdefault("timeout", REQUEST_SECONDS)
        answer = httpx2.request(method, address, headers=headers, verify=self.trust, **options)
        told = f"{answer.headers}\n{answer.text}"
        if any(value in told for value in (*self.file_secrets, *self.passwords)):
            self.leaks.append(f"{method} {answer.url.path} answered {answer.status_code} with a secret")
        return answer

    @cached_property
    def file_secrets(self) -> set[str]:
        """Every line of a secret file that is long enough to be one."""
        files = [file.read_text() for file in (self.stack / "secrets").iterdir()]
        lines = {line.strip() for text in files for line in text.splitlines()}
        return {line for line in lines if len(line) >= 16 and not line.startswith("-----")}

    def confidential(self) -> set[str]:
        """What no log may hold: secret files, passwords, tokens and cookies that this site has seen."""
        return {*self.file_secrets, *self.passwords, *self.tokens}

    def raw(self, request: bytes, *, tls: bool = True) -> bytes:
        """All bytes that the proxy answers to these; for what no proper client would send."""
        address = ("127.0.0.1", self.https if tls else self.http)
        with socket.create_connection(address, timeout=REQUEST_SECONDS) as plain:
            connection = self.trust.wrap_socket(plain, server_hostname="127.0.0.1") if tls else plain
            with connection:
                connection.sendall(request)
                received = b""
                while more := connection.recv(65536):
                    received += more
                return received

    def events(self, *, origin: str | None = None) -> ClientConnection:
        """An open stream of events that has not said yet who it is; close it."""
        wanted = self.origin if origin is None else origin
        address = f"wss://127.0.0.1:{self.https}/api/events"
        return connect(address, ssl=self.trust, origin=Origin(wanted), open_timeout=REQUEST_SECONDS)

    def new_login(self, username: str, password: str) -> Login:
        """A new session of an account, begun at the backend from an address that nobody else comes from."""
        where = {"X-Forwarded-For": f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}
        credentials = {"username": username, "password": password}
        answer = self.directly("POST", "/api/auth/login", json=credentials, headers=where)
        assert answer.status_code == 200, f"login of {username}: {answer.status_code} {answer.text}"
        body, cookies = answer.json(), dict(answer.cookies)
        self.passwords.add(password)
        self.tokens |= {body["access_token"], *cookies.values()}
        return Login(body["access_token"], cookies, body["user"], password)

    def new_account(self, role: str) -> Login:
        """A new account and its first session."""
        username, password = f"{role}-{secrets.token_hex(4)}", secrets.token_urlsafe(24)
        body = {"username": username, "password": password, "role": role}
        answer = self.directly("POST", "/api/users", login=self.login("admin"), json=body)
        assert answer.status_code == 201, f"account {username}: {answer.status_code} {answer.text}"
        return self.new_login(username, password)

    def login(self, role: str = "admin") -> Login:
        """A session that tests share: do not end it, and do not change its account."""
        known = self.sessions.get(role)
        if known and time.monotonic() - known.at < RENEW_AFTER:
            return known
        if role == "admin":
            fresh = self.new_login("admin", self.secret("admin_password"))
        else:
            fresh = self.new_login(known.user["username"], known.password) if known else self.new_account(role)
        self.sessions[role] = fresh
        return fresh

    def new_deployment(self, login: Login | None = None, **fields: str) -> dict[str, Any]:
        """A recorded deployment, by an operator unless said otherwise."""
        body = {"service": "backend", "revision": secrets.token_hex(6), "environment": "staging", **fields}
        answer = self.request("POST", "/api/deployments", login=login or self.login("operator"), json=body)
        assert answer.status_code == 201, f"{answer.status_code} {answer.text}"
        recorded: dict[str, Any] = answer.json()
        return recorded
