"""The small shop with a Redis and a folder of files besides: everything that a backup may hold, in one stack."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.scenarios.harness import COMMAND_SECONDS, FLAWLESS, REPOSITORY, docker
from tests.scenarios.shop import COMPOSE, Shop

MORE = """\
  cache:
    <<: *plain
    build: cache
    command: ["/etc/start"]
    user: "999:1000"
    restart: unless-stopped
    environment: {REDIS_PASSWORD_FILE: /run/secrets/cache_password}
    secrets: [cache_password]
    volumes: ["keys:/data"]
    healthcheck: {test: ["CMD", "/etc/health"], interval: 1s, timeout: 20s, retries: 9, start_period: 20s}
  worker:
    <<: *plain
    image: PROJECT-backend
    command: ["sleep", "infinity"]
    restart: unless-stopped
    environment:
      <<: *settings
      LOG_LEVEL: info
      REDIS_URL: redis://cache:6379/0
      REDIS_PASSWORD_FILE: /run/secrets/cache_password
    secrets: [password, cache_password]
    volumes: ["uploads:/uploads"]
    depends_on: {postgres: {condition: service_healthy}}
    healthcheck: {test: ["CMD", "/app/health"], interval: 2s, timeout: 20s, retries: 3, start_period: 20s}
"""
START = """\
#!/bin/sh
exec redis-server --save "" --appendonly yes --dir /data --requirepass "$(cat "$REDIS_PASSWORD_FILE")"
"""
ASK = """\
#!/bin/sh
REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE")
export REDISCLI_AUTH
exec redis-cli "$@"
"""
HEALTH = '#!/bin/sh\n[ "$(/etc/ask ping)" = PONG ]\n'
FILL = "mkdir -p /uploads/in && head -c 3000000 /dev/urandom >/uploads/in/noise && ln -sf noise /uploads/in/link"
LOOK = (
    "cd /uploads && find . -exec stat -c '%n %U %a %F' {} + | sort; "
    "find . -type f -exec sha256sum {} +; find . -type l -exec readlink {} +"
)


class Keeper(Shop):
    """One checkout of it."""

    def __init__(self, folder: Path, project: str) -> None:
        super().__init__(folder, project)
        text = COMPOSE.format(project=project)
        text = text.replace("networks: {data: ", MORE.replace("PROJECT", project) + "networks: {data: ")
        text = text.replace("volumes: {data: {}}", "volumes: {data: {}, keys: {}, uploads: {}}")
        secret = "secrets: {password: {file: ./secrets/password}"
        text = text.replace(secret, f"{secret}, cache_password: {{file: ./secrets/cache_password}}")
        self.write("compose.yaml", text)
        self.write("secrets/cache_password", "staple-battery-horse-correct-7")
        plain = (REPOSITORY / "stack" / "redis" / "Dockerfile").read_text()
        self.write("cache/Dockerfile", plain.replace("WORKDIR", "COPY start ask health /etc/\n\nWORKDIR"))
        for name, script in (("start", START), ("ask", ASK), ("health", HEALTH)):
            self.write(f"cache/{name}", script, 0o755)
        self.write("cache/.dockerignore", ".git\n.env*\n")
        made = "RUN install -d -o 999 -g 999 /uploads\n"
        backend = self.folder / "backend" / "Dockerfile"
        backend.write_text(backend.read_text().replace("USER 999", f"{made}USER 999"))

    def plain(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a flawless command that judges nothing, so that nothing needs to be allowed."""
        environment = {**os.environ, "NO_COLOR": "1"}
        return subprocess.run(
            (*FLAWLESS, *words), cwd=self.folder, env=environment, capture_output=True, text=True,
            timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip

    def backup(self, *words: str) -> str:
        """Take a backup; its name."""
        done = self.plain("backup", "--format", "json", *words)
        assert done.returncode == 0, done.stderr + done.stdout
        return str(json.loads(done.stdout)["notes"][0].split()[1])

    def variables(self, service: str) -> list[str]:
        """What the container of a service has in its environment."""
        return docker("exec", self.containers()[service], "env").splitlines()

    def redis(self, *words: str) -> str:
        """What the running Redis answers."""
        return docker("exec", self.containers()["cache"], "/etc/ask", *words)

    def shell(self, script: str) -> str:
        """What a script says in the running worker."""
        return docker("exec", self.containers()["worker"], "sh", "-c", script)

    def fill(self) -> None:
        """Something in every store."""
        self.sql("insert into customers (name, mail) values ('carl', 'c@example.org') on conflict do nothing")
        self.fill_cache()
        self.shell(FILL)

    def fill_cache(self) -> None:
        """Two keys in Redis."""
        self.redis("flushall")
        self.redis("set", "greeting", "hello")
        self.redis("hset", "basket", "apples", "3")

    def content(self) -> tuple[str, ...]:
        """All that is in the stores."""
        rows = self.sql("select * from customers order by id")
        return rows, self.redis("get", "greeting"), self.redis("hgetall", "basket"), self.shell(LOOK)

    def files_and_rows(self) -> tuple[str, str]:
        """What is in the database and in the folder of files."""
        return self.sql("select * from customers order by id"), self.shell(LOOK)

    def spoil(self) -> None:
        """Other content in every store, and something deleted."""
        self.sql("delete from customers where name = 'anna'; insert into customers (name) values ('zoe')")
        self.spoil_cache()
        self.shell("rm -r /uploads/in; echo new >/uploads/new")

    def spoil_cache(self) -> None:
        """One key less in Redis, another more."""
        self.redis("del", "greeting")
        self.redis("set", "later", "yes")


def of_project(project: str) -> list[str]:
    """Containers with their state, networks and volumes of a project."""
    label = f"label=com.docker.compose.project={project}"
    return [
        docker("ps", "--all", "--no-trunc", "--filter", label, "--format", "{{.ID}} {{.State}}"),
        docker("network", "ls", "--no-trunc", "--filter", label, "--format", "{{.ID}} {{.Name}}"),
        docker("volume", "ls", "--filter", label, "--format", "{{.Name}}"),
    ]


def beside(folder: Path, project: str) -> None:
    """Another project on the same engine: one container, one network, one volume."""
    folder.mkdir()
    (folder / "compose.yaml").write_text(
        f"name: {project}\nservices:\n  other:\n    image: debian:bookworm-slim\n    init: true\n"
        '    command: ["sleep", "infinity"]\n    volumes: ["kept:/kept"]\nvolumes: {kept: {}}\n'
    )
    subprocess.run(("docker", "compose", "up", "--detach"), cwd=folder, check=True, capture_output=True, timeout=120)


@contextmanager
def untouched(folder: Path, project: str) -> Iterator[None]:
    """Another project beside what is done, which must be afterwards what it was before; then it is taken away."""
    beside(folder, project)
    before = of_project(project)
    try:
        yield
        assert of_project(project) == before
    finally:
        subprocess.run(
            ("docker", "compose", "down", "--volumes", "--timeout", "1"),
            cwd=folder, check=True, capture_output=True, timeout=60,
        )  # fmt: skip
