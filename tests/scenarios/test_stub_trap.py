"""The stub trap, for real: cargo takes the copied source for older than its stub, and the image ships the stub."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.harness import ALLOWED, FLAWLESS, NO_EDGE, docker

pytestmark = pytest.mark.engine

COMPOSE = """\
name: {project}
services:
  backend:
    build: .
    user: "10001:10001"
    init: true
    read_only: true
    restart: unless-stopped
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    stop_grace_period: 30s
    cpus: 0.5
    mem_limit: 64m
    pids_limit: 32
    logging: {{driver: json-file, options: {{max-size: 10m, max-file: "3"}}}}
    healthcheck:
      test: ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8081"]
      interval: 2s
      start_period: 5s
"""
PROGRAM = """\
use std::io::{Read, Write};
fn main() {
    let listener = std::net::TcpListener::bind("0.0.0.0:8081").expect("port 8081 is free");
    println!("listening on 8081");
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let _ = stream.read(&mut [0u8; 1024]);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok");
    }
}
"""
MANIFEST = '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n'
LOCK = 'version = 3\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n'
DOCKERFILE = """\
FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends cargo && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Cargo.toml Cargo.lock build-dependencies build-program ./
RUN ./build-dependencies
COPY src src
RUN ./build-program
FROM debian:bookworm-slim
COPY --from=build /app/target/release/app /usr/local/bin/app
EXPOSE 8081
CMD ["app"]
"""
# In scripts, where no reader of Dockerfiles sees what happens: only the image shows it.
DEPENDENCIES = (
    "#!/bin/sh\nset -eu\nmkdir src\necho 'fn main() {}' >src/main.rs\ncargo build --release --locked\nrm -r src\n"
)
TRAPPED = "#!/bin/sh\nset -eu\ncargo build --release --locked\n"
TOUCHED = "#!/bin/sh\nset -eu\ntouch src/main.rs\ncargo build --release --locked\n"


class Crate:
    """A stack of one Rust program, in a repository of its own, its source older than any build."""

    def __init__(self, folder: Path, project: str) -> None:
        self.folder, self.project = folder, project
        (folder / "src").mkdir(parents=True)
        for name, text in (
            ("compose.yaml", COMPOSE.format(project=project)),
            ("Dockerfile", DOCKERFILE),
            (".dockerignore", "*\n!src\n!Cargo.*\n!build-*\n"),
            ("Cargo.toml", MANIFEST),
            ("Cargo.lock", LOCK),
            ("src/main.rs", PROGRAM),
            ("build-dependencies", DEPENDENCIES),
        ):
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.write_text(text)
        file.chmod(0o755 if name.startswith("build-") else 0o644)

    def commit(self, program: str) -> None:
        self.write("build-program", program)
        for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "a state")):
            who = ("-c", "user.name=scenario", "-c", "user.email=scenario@localhost")
            subprocess.run(("git", *who, *words), cwd=self.folder, check=True, capture_output=True, timeout=60)

    def flawless(self, *words: str) -> tuple[int, dict[str, Any]]:
        allowed = [word for name in NO_EDGE for word in ("--allow-unknown", name)]
        done = subprocess.run(
            (*FLAWLESS, *words, *ALLOWED, *allowed), cwd=self.folder, env={**os.environ, "NO_COLOR": "1"},
            capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        file = self.folder / ".flawless" / "report.json"
        assert file.is_file(), done.stderr + done.stdout
        return done.returncode, json.loads(file.read_text())

    def verdict(self, report: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = next(each for each in report["verdicts"] if each["check"] == "stub-build-shipped")
        return found

    def running(self) -> str:
        return docker("ps", "--quiet", "--no-trunc", "--filter", f"label=com.docker.compose.project={self.project}")

    def remove(self) -> None:
        label = f"label=com.docker.compose.project={self.project}"
        for listing, removal in (
            (("ps", "--all", "--quiet"), ("rm", "--force")),
            (("network", "ls", "--quiet"), ("network", "rm")),
        ):
            if found := docker(*listing, "--filter", label).split():
                docker(*removal, *found)
        names = f"reference=flawless/*{self.project}*"
        if images := docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", names).split():
            docker("rmi", "--force", *images)


@pytest.fixture
def crate(tmp_path: Path) -> Iterator[Crate]:
    made = Crate(tmp_path / "crate", f"flstub{os.getpid()}")
    try:
        yield made
    finally:
        made.remove()


def test_a_shipped_stub_is_refused_before_anything_that_runs_is_touched(crate: Crate) -> None:
    crate.commit(TOUCHED)
    code, report = crate.flawless("deploy", "--soak", "1s")
    assert code == 0, report
    assert crate.verdict(report)["outcome"] == "pass"
    serving = crate.running()
    assert serving

    crate.commit(TRAPPED)
    code, report = crate.flawless("deploy", "--soak", "1s")
    assert code == 4, report
    assert crate.running() == serving, "the former container runs on, untouched"
    assert crate.verdict(report)["outcome"] == "fail"
    assert "without a word" in json.dumps(report["cause"]), report["cause"]


def test_a_look_at_the_images_tells_the_stub_from_its_clean_twin(crate: Crate) -> None:
    crate.commit(TRAPPED)
    code, report = crate.flawless("check", "--build")
    assert code == 1
    assert crate.verdict(report)["outcome"] == "fail"
    crate.commit(TOUCHED)
    _, report = crate.flawless("check", "--build")
    assert crate.verdict(report)["outcome"] == "pass"
    assert docker("images", "--quiet", f"{crate.project}*") == "", "no image is kept"
