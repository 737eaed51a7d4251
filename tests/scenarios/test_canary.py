"""Canaries at every place where a secret can be: nothing that flawless prints or keeps holds one."""

from __future__ import annotations

import base64
import itertools
import os
import secrets
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from flawless.judging.catalogue import catalogue
from flawless.model.check import Level
from tests.scenarios.harness import Result
from tests.scenarios.small import Small

pytestmark = pytest.mark.engine
FORMATS = ("terminal", "json", "html", "sarif", "junit", "markdown", "github")
PLACES = (
    "environment", "env_file", "dotenv", "shell", "secret_file", "url", "command", "build_arg", "dockerfile", "script",
    "sql", "mounted", "private_key", "history", "healthcheck", "step", "known",
)  # fmt: skip
SERVICE = """\
  canary:
    build: {{context: canary, args: {{REGISTRY_TOKEN: "{build_arg}"}}}}
    command: ["sh", "/app/start.sh", "--requirepass", "{command}"]
    env_file: [canary.env]
    environment:
      API_SECRET: "{environment}"
      OTHER_SECRET: "{known}"
      SESSION_SECRET: ${{SESSION_SECRET:?}}
      SHELL_TOKEN: ${{SHELL_TOKEN:-none}}
      DATABASE_URL: "postgresql://app:{url}@store:8080/app"
      SIGNING_KEY_FILE: /run/secrets/signing
    secrets: [signing, tls_key]
    volumes: ["./canary/settings.ini:/app/settings.ini:ro", "./canary/sql:/docker-entrypoint-initdb.d:ro"]
    networks: [app]
    stop_grace_period: 1s
    healthcheck: {{test: ["CMD-SHELL", "PGPASSWORD={healthcheck} test -d /app"], interval: 1s, start_period: 5s}}
"""
SECRETS = "secrets: {signing: {file: ./secrets/signing}, tls_key: {file: ./secrets/tls.key}}\n"
DOCKERFILE = """\
FROM debian:bookworm-slim
ARG REGISTRY_TOKEN
ENV ADMIN_PASSWORD={dockerfile}
RUN DEPLOY_TOKEN={step} test -n {known}
COPY start.sh /app/
"""
# It says everything that it knows, as a program does that logs its settings, and then it ends or goes on.
START = """\
export BACKUP_PASSWORD={script}
env
cat /run/secrets/* /app/settings.ini /docker-entrypoint-initdb.d/*
echo "started with $*" >&2
exec sleep {seconds}
"""
WAIVER = """
[[waivers]]
check = "{check}"
reason = "this service is full of secrets"
owner = "tests"
"""
KEY = "-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n"


class Canaries(Small):
    """The small stack with one more service that is full of secrets."""

    def __init__(self, folder: Path, project: str) -> None:
        super().__init__(folder, project)
        self.values = {place: f"cnry{secrets.token_hex(14)}" for place in PLACES}
        self.values["private_key"] = base64.b64encode(secrets.token_bytes(48)).decode()
        self.environment["SHELL_TOKEN"] = self.values["shell"]
        self.write("old.env", f"OLD_PASSWORD={self.values['history']}\n")
        self.commit("an environment with a secret in it")
        (self.stack / "old.env").unlink()
        self.write(".gitignore", "secrets/\n.env\ncanary.env\n.flawless/\n")
        self.write(".env", f"SESSION_SECRET={self.values['dotenv']}\n")
        self.write("canary.env", f"MAIL_PASSWORD={self.values['env_file']}\n")
        self.write("secrets/signing", self.values["secret_file"])
        self.write("secrets/tls.key", KEY.format(key=self.values["private_key"]))
        self.write("canary/settings.ini", f"[mail]\npassword = {self.values['mounted']}\n")
        self.write("canary/sql/roles.sql", f"create role app password '{self.values['sql']}';\n")
        self.write("canary/Dockerfile", DOCKERFILE.format(**self.values))
        self.start(seconds="infinity")
        self.change("compose.yaml", "services:\n", "services:\n" + SERVICE.format(**self.values))
        file = self.stack / "compose.yaml"
        file.write_text(file.read_text() + "\n" + SECRETS)
        self.commit("a service that knows secrets")

    def write(self, path: str, text: str) -> None:
        """Put a file into the stack."""
        file = self.stack / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def start(self, seconds: str) -> None:
        """How long the service runs once it has said everything."""
        self.write("canary/start.sh", START.format(script=self.values["script"], seconds=seconds))

    def waive_files_and_images(self) -> None:
        """Let a stack full of faults through to the engine."""
        early = [check for check, each in catalogue().items() if each.rule_at((Level.FILES, Level.IMAGE))]
        file = self.stack / "flawless.toml"
        before = file.read_text()
        file.write_text(before + "".join(WAIVER.format(check=check) for check in early if check not in before))

    def leaks(self, *shown: Result) -> list[str]:
        """Which canary stands where: in what was printed, and in every file that flawless keeps.

        What Compose runs is apart: its model has the values of variables, and only its owner may read that; the files
        that containers mount are those of the checkout.
        """
        printed = ((f"output {number}", (done.out + done.err).encode()) for number, done in enumerate(shown))
        files = [file for file in (self.stack / ".flawless").rglob("*") if file.is_file()]
        mounted = self.stack / ".flawless" / "live"
        run = (file for file in files if not _own_model(file) and not file.is_relative_to(mounted))
        kept = ((str(file), file.read_bytes()) for file in run)
        return [
            f"{place} in {where}"
            for where, content in itertools.chain(printed, kept)
            for place, value in self.values.items()
            if any(form in content for form in forms(value))
        ]


def _own_model(file: Path) -> bool:
    return file.match("releases/*/compose.json") and not file.stat().st_mode & 0o077


def forms(value: str) -> set[bytes]:
    """A value as it stands, escaped for an address, and in base64 at each of its three places."""
    shifted = (base64.b64encode(b"x" * at + value.encode())[4:-4] for at in range(3))
    return {value.encode(), urllib.parse.quote(value, safe="").encode(), *shifted}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    made = Canaries(tmp_path_factory.mktemp("canary"), f"fscanary{os.getpid()}")
    try:
        yield made
    finally:
        made.remove()


def test_a_check_in_every_format_shows_none(site: Canaries) -> None:
    shown = [site.flawless("check", "--all", "--format", form) for form in FORMATS]
    assert all("canary" in done.out for done in shown), "the service was looked at"
    told = {verdict["check"]: verdict["outcome"] for verdict in shown[1].report["verdicts"]}
    assert told["secret-in-environment"] == told["secret-committed"] == "fail", "and its secrets were seen"
    assert site.leaks(*shown) == []


@pytest.mark.full
def test_a_deploy_of_a_service_that_logs_its_secrets_shows_none(site: Canaries) -> None:
    site.waive_files_and_images()
    site.start(seconds="1; exit 3")
    site.commit("a service that says what it knows, and ends")
    failed = site.deploy()
    assert failed.report["decision"]["exit_code"] == failed.code in (4, 5), failed.err
    assert "BACKUP_PASSWORD" in str(failed.report["cause"]), "its last words are shown"
    later = [site.flawless("history"), *(site.flawless("report", "--format", form) for form in FORMATS)]
    assert site.leaks(failed, *later) == []
