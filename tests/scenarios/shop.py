"""A small stack with a database: plain SQL migrations in a job, and a backend that asks the database for its health."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.scenarios.harness import ALLOWED, COMMAND_SECONDS, FLAWLESS, NO_EDGE, REPOSITORY, Result, docker, until

COMPOSE = """\
name: {project}
x-plain: &plain
  init: true
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  stop_grace_period: 2s
  user: "999:999"
  networks: [data]
  secrets: [password]
  tmpfs: ["/tmp:size=16m,mode=1777"]
  cpus: 1.0
  mem_limit: 128m
  pids_limit: 64
  logging: {{driver: json-file, options: {{max-size: 10m, max-file: "3"}}}}
services:
  backend:
    <<: *plain
    image: {project}-backend
    build: backend
    command: ["sleep", "infinity"]
    restart: unless-stopped
    environment: &settings
      DATABASE_URL: postgresql://shop@postgres:5432/shop
      DATABASE_PASSWORD_FILE: /run/secrets/password
    depends_on: {{postgres: {{condition: service_healthy}}, migrate: {{condition: service_completed_successfully}}}}
    healthcheck: {{test: ["CMD", "/app/health"], interval: 2s, timeout: 20s, retries: 3, start_period: 20s}}
  migrate:
    <<: *plain
    image: {project}-backend
    command: ["/app/migrate"]
    restart: "no"
    environment: *settings
    depends_on: {{postgres: {{condition: service_healthy}}}}
  postgres:
    <<: *plain
    build: postgres
    command: ["postgres", "-c", "listen_addresses=*", "-c", "hba_file=/etc/postgresql/pg_hba.conf"]
    restart: unless-stopped
    stop_signal: SIGINT
    mem_limit: 256m
    shm_size: 64m
    environment: {{POSTGRES_DB: shop, PGDATA: /var/lib/postgresql/data}}
    tmpfs: ["/tmp:size=16m,mode=1777", "/run/postgresql:size=1m,mode=0755,uid=999,gid=999"]
    volumes:
      - data:/var/lib/postgresql/data
      - ./conf:/etc/postgresql:ro
      - ./initdb.d:/docker-entrypoint-initdb.d:ro
    healthcheck:
      {{test: ["CMD", "pg_isready", "-qh", "127.0.0.1"], interval: 2s, timeout: 10s, retries: 5, start_period: 90s}}
networks: {{data: {{internal: true}}}}
volumes: {{data: {{}}}}
secrets: {{password: {{file: ./secrets/password}}}}
"""
ROLES = """\
\\set password `cat /run/secrets/password`
create role shop login password :'password';
alter database shop owner to shop;
alter schema public owner to shop;
"""
PSQL = """\
#!/bin/bash
set -euo pipefail
PGPASSWORD=$(<"$DATABASE_PASSWORD_FILE")
export PGPASSWORD
psql() { command psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$DATABASE_URL" "$@"; }
"""
MIGRATE = PSQL + 'for file in /app/migrations/*.sql; do echo "running ${file##*/}"; psql --file="$file"; done\n'
HEALTH = PSQL + 'psql --command="select id, COLUMN from customers limit 1" >/dev/null\n'
FIRST = """\
create table if not exists customers (id int generated always as identity primary key, name text unique, mail text);
insert into customers (name, mail) values ('anna', 'a@example.org'), ('bert', 'b@example.org') on conflict do nothing;
"""


class Shop:
    """One checkout of it, in a repository and a project of its own."""

    def __init__(self, folder: Path, project: str) -> None:
        self.folder, self.project = folder, project
        plain = (REPOSITORY / "stack" / "postgres" / "Dockerfile").read_text()
        start = (REPOSITORY / "stack" / "postgres" / "postgres-entrypoint").read_text()
        layers = plain.partition("COPY")[0]  # the same layers, so that they are built once
        self.write("compose.yaml", COMPOSE.format(project=project))
        self.write("postgres/Dockerfile", plain)
        self.write("postgres/postgres-entrypoint", start, 0o755)
        self.write("backend/Dockerfile", f'{layers}COPY . /app/\nUSER 999:999\nCMD ["sleep", "infinity"]\n')
        self.write("backend/migrate", MIGRATE, 0o755)
        self.write("conf/pg_hba.conf", "local all postgres peer\nhost all all all scram-sha-256\n")
        self.write("initdb.d/10-roles.sql", ROLES)
        self.write("secrets/password", "correct-horse-battery-staple-9")
        self.write(".gitignore", "secrets/\n")
        for name in ("backend", "postgres"):
            self.write(f"{name}/.dockerignore", ".git\n.env*\n")
        self.reads("name")
        self.migration("001_customers.sql", FIRST)
        self.git("init", "--quiet")

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        """A file of the stack."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def reads(self, column: str) -> None:
        """The column of customers that the backend needs to be healthy."""
        self.write("backend/health", HEALTH.replace("COLUMN", column), 0o755)

    def migration(self, name: str, text: str) -> None:
        """One file of migrations."""
        self.write(f"backend/migrations/{name}", text)

    def git(self, *words: str) -> None:
        """Run git as nobody in particular."""
        who = ("-c", "user.name=scenario", "-c", "user.email=scenario@localhost")
        subprocess.run(("git", *who, *words), cwd=self.folder, check=True, capture_output=True, timeout=60)

    def commit(self) -> None:
        """Commit all there is."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a state")

    def undo(self) -> None:
        """Take the last commit back."""
        self.git("reset", "--quiet", "--hard", "HEAD~1")

    def flawless(self, *words: str) -> Result:
        """Run flawless in the stack's folder."""
        report = self.folder / ".flawless" / "report.json"
        report.unlink(missing_ok=True)
        allowed = [word for name in NO_EDGE for word in ("--allow-unknown", name)]
        done = subprocess.run(
            (*FLAWLESS, *words, *ALLOWED, *allowed), cwd=self.folder, env={**os.environ, "NO_COLOR": "1"},
            capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False,
        )  # fmt: skip
        return Result(done, report)

    def deploy(self) -> Result:
        """Commit all there is and deploy it."""
        self.commit()
        return self.flawless("deploy", "--soak", "1s")

    def containers(self) -> dict[str, str]:
        """Id of each service's container, jobs left out."""
        shown = docker(
            "ps", "--no-trunc", "--filter", f"label=com.docker.compose.project={self.project}",
            "--format", '{{.Label "com.docker.compose.service"}} {{.ID}}',
        )  # fmt: skip
        return dict(line.split() for line in shown.splitlines())

    def sql(self, query: str) -> str:
        """What the running database answers."""
        words = ("psql", "--no-psqlrc", "--tuples-only", "--no-align", "--username=postgres", "--dbname=shop")
        return docker("exec", self.containers()["postgres"], *words, f"--command={query}")

    def columns(self) -> str:
        """Every column of its tables."""
        wanted = "table_name, column_name, data_type"
        return self.sql(f"select {wanted} from information_schema.columns where table_schema = 'public' order by 1, 2")

    def left_over(self) -> list[str]:
        """Containers and networks of a rehearsal of this stack."""
        label = f"label=flawless.rehearsal={self.project}"
        containers = docker("ps", "--all", "--quiet", "--filter", label).split()
        return containers + docker("network", "ls", "--quiet", "--filter", label).split()

    def volumes_of(self, refs: list[str]) -> set[str]:
        """Names of the volumes that containers among these have."""
        shape = '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}'
        label = f"label=flawless.rehearsal={self.project}"
        containers = [ref for ref in docker("ps", "--all", "--quiet", "--filter", label).split() if ref in refs]
        return set(docker("inspect", "--format", shape, *containers).split())

    def kill_in_rehearsal(self) -> None:
        """Deploy what is committed, and kill -9 flawless when a throwaway container runs."""
        allowed = [word for name in NO_EDGE for word in ("--allow-unknown", name)]
        process = subprocess.Popen(
            (*FLAWLESS, "deploy", "--soak", "1s", *ALLOWED, *allowed),
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        running = ("ps", "--quiet", "--filter", f"label=flawless.rehearsal={self.project}")
        try:
            until(lambda: bool(docker(*running)), COMMAND_SECONDS, "a throwaway container runs")
        finally:
            process.kill()
            process.wait(timeout=30)

    def remove(self) -> None:
        """Take everything of this project away."""
        for label in (f"label=com.docker.compose.project={self.project}", f"label=flawless.rehearsal={self.project}"):
            for listing, removal in (
                (("ps", "--all", "--quiet"), ("rm", "--force", "--volumes")),
                (("network", "ls", "--quiet"), ("network", "rm")),
                (("volume", "ls", "--quiet"), ("volume", "rm", "--force")),
            ):
                if found := docker(*listing, "--filter", label).split():
                    docker(*removal, *found)
        for names in (f"flawless/{self.project}-*", f"flawless/release-{self.project}"):
            found = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", f"reference={names}").split()
            if found:
                docker("rmi", "--force", *found)


def verdict(result: Result, check: str) -> dict[str, Any]:
    """The verdict of a check in a report."""
    found = [each for each in result.report.get("verdicts", ()) if each["check"] == check]
    assert found, result.err + result.out
    return dict(found[0])


def said(result: Result) -> str:
    """All of a report as one text."""
    return json.dumps(result.report)
