"""A user's checkout of the reference stack, on the real engine, driven by the real command line."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
FLAWLESS = (sys.executable, "-m", "flawless")
ALLOWED = ("--allow-unknown", "dependency-vulnerable")
# What cannot be told of a stack that has no way in from outside.
NO_EDGE = (
    "http-not-redirected", "security-headers-missing", "tls-certificate-invalid", "tls-protocol-weak", "cors-too-open",
    "backend-unreachable", "proxy-upstream-unreachable", "response-slow", "running-revision-differs", "endpoint-fails",
    "websocket-headers-missing",
)  # fmt: skip
SOAK = "3s"
COMMAND_SECONDS = 300
SERVICES = ("nginx", "frontend", "backend", "postgres", "redis")


def free_port() -> int:
    """A port of the loopback address that nobody holds now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def docker(*args: str) -> str:
    """What the docker client prints."""
    return subprocess.run(("docker", *args), capture_output=True, text=True, timeout=120, check=True).stdout.strip()


def until(holds: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until something holds; fail with ``what`` after the deadline."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


class Result:
    """A finished command: exit code, both streams, and the report it left."""

    def __init__(self, done: subprocess.CompletedProcess[str], report: Path) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        self.report: dict[str, Any] = json.loads(report.read_text()) if report.is_file() else {}

    def steps(self) -> dict[str, str]:
        """State of each step by id."""
        return {step["id"]: step["state"] for step in self.report.get("steps", ())}


class Site:
    """One checkout with its own project name and ports."""

    soak: str = SOAK
    allowed: tuple[str, ...] = ALLOWED

    def __init__(self, folder: Path, project: str) -> None:
        self.folder = folder
        self.stack = folder / "stack"
        self.project = project
        self.https, self.http = free_port(), free_port()
        self.environment = {
            **os.environ,
            "COMPOSE_PROJECT_NAME": project,
            "HTTPS_PORT": str(self.https),
            "HTTP_PORT": str(self.http),
            "NO_COLOR": "1",
        }
        ours = shutil.ignore_patterns(".flawless", "__pycache__", "secrets", "certs")
        shutil.copytree(REPOSITORY / "stack", self.stack, ignore=ours)
        subprocess.run([self.stack / "bin" / "setup"], check=True, capture_output=True, timeout=60)
        self.git("init", "--quiet")
        self.commit("first")

    def git(self, *args: str) -> str:
        """Run git in the checkout as nobody in particular."""
        who = ("-c", "user.name=scenario", "-c", "user.email=scenario@localhost")
        done = subprocess.run(
            ("git", *who, *args), cwd=self.folder, capture_output=True, text=True, timeout=60, check=True
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit all there is; the revision."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def change(self, path: str, old: str, new: str) -> None:
        """Replace text in a file of the stack; the old text must be there."""
        file = self.stack / path
        text = file.read_text()
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new, 1))

    def flawless(self, *args: str, **environment: str) -> Result:
        """Run flawless in the stack's folder."""
        report = self.stack / ".flawless" / "report.json"
        report.unlink(missing_ok=True)
        done = subprocess.run(
            (*FLAWLESS, *args),
            cwd=self.stack,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return Result(done, report)

    def deploy(self, *args: str) -> Result:
        """Deploy with a short soak."""
        return self.flawless("deploy", "--soak", self.soak, *self.allowed, *args)

    def start_deploy(self, *args: str) -> subprocess.Popen[bytes]:
        """Begin a deploy and let it run."""
        return subprocess.Popen(
            (*FLAWLESS, "deploy", "--soak", self.soak, *self.allowed, *args),
            cwd=self.stack,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill_in_step(self, step: str, *args: str) -> bool:
        """Deploy, and kill -9 flawless as soon as the journal says that a step began; False when it ended before."""
        before = self.journal()
        process = self.start_deploy(*args)
        try:
            seen = self._wait_for(process, step, len(before))
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(timeout=30)
        return seen

    def _wait_for(self, process: subprocess.Popen[bytes], step: str, skip: int) -> bool:
        end = time.monotonic() + COMMAND_SECONDS
        while process.poll() is None:
            assert time.monotonic() < end, f"step {step} never began"
            if (step, "started") in self.journal()[skip:]:
                return True
            time.sleep(0.01)
        return (step, "started") in self.journal()[skip:]

    def journal(self) -> list[tuple[str, str]]:
        """(step, state) of every journal entry, oldest first."""
        ledger = self.stack / ".flawless" / "ledger.db"
        if not ledger.is_file():
            return []
        connection = sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=5)
        try:
            return list(connection.execute("select step, state from journal order by at, seq"))
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()

    def token(self) -> str:
        """An access token of the account that the stack is set up with."""
        password = (self.stack / "secrets" / "admin_password").read_text().strip()
        status, answer = self.get("/api/auth/login", body={"username": "admin", "password": password})
        assert status == 200, answer
        return str(answer["access_token"])

    def get(
        self, path: str, *, body: dict[str, Any] | None = None, token: str = "", seconds: float = 10
    ) -> tuple[int, Any]:
        """Ask the site over TLS, its authority verified: status and decoded JSON."""
        trust = ssl.create_default_context(cafile=str(self.stack / "certs" / "ca.crt"))
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(f"https://127.0.0.1:{self.https}{path}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=seconds, context=trust) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, None

    def revision(self) -> str:
        """The revision that the site says it runs."""
        status, answer = self.get("/version")
        assert status == 200
        return str(answer["revision"])

    def containers(self) -> dict[str, list[str]]:
        """States of this project's containers by service."""
        shown = docker(
            "ps", "--all", "--filter", f"label=com.docker.compose.project={self.project}",
            "--format", '{{.Label "com.docker.compose.service"}} {{.State}} {{.Status}}',
        )  # fmt: skip
        found: dict[str, list[str]] = {}
        for line in shown.splitlines():
            service, _, state = line.partition(" ")
            found.setdefault(service, []).append(state)
        return found

    def exactly_one_each(self) -> None:
        """Fail unless each service has one healthy container and nothing else is left."""
        found = self.containers()
        assert set(found) == {*SERVICES, "migrate"}, found
        for service in SERVICES:
            assert len(found[service]) == 1, found
            assert "(healthy)" in found[service][0], found

    def remove(self) -> None:
        """Take everything of this project away."""
        label = f"label=com.docker.compose.project={self.project}"
        for listing, removal in (
            (("ps", "--all", "--quiet"), ("rm", "--force", "--volumes")),
            (("network", "ls", "--quiet"), ("network", "rm")),
            (("volume", "ls", "--quiet"), ("volume", "rm", "--force")),
        ):
            found = docker(*listing, "--filter", label).split()
            if found:
                docker(*removal, *found)
        for repository in (f"flawless/{self.project}-*", f"flawless/release-{self.project}"):
            names = docker(
                "images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={repository}"
            ).split()
            if names:
                docker("rmi", "--force", *names)
