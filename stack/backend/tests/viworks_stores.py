"""Real PostgreSQL and Redis for tests: the stack's own images and configuration, in a Compose project of their own."""

import hashlib
import json
import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from redis.asyncio import Redis
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

STACK = Path(__file__).resolve().parents[2]
MIGRATIONS = STACK / "backend" / "migrations"
START_SECONDS = 300
TABLES = "accounts, sessions, refresh_tokens, deployments, idempotency_keys, audit_log"
EMPTY = f"""
alter table audit_log disable trigger audit_refuse;
truncate {TABLES} restart identity;
alter table audit_log enable always trigger audit_refuse;
update audit_head set seq = 0, at = 'epoch', hash = decode(repeat('00', 32), 'hex');
"""


@dataclass(frozen=True)
class Stores:
    """Where the two are, and ways to them that the backend has not."""

    project: str
    override: Path
    postgres_port: int
    redis_port: int
    admin_password: str

    def dsn(self, role: str) -> str:
        """Of `owner`, `app` or `reader`."""
        return (
            f"postgresql://viworks_{role}:{secret(f'database_{role}_password')}@127.0.0.1:{self.postgres_port}/viworks"
        )

    @property
    def redis_dsn(self) -> str:
        """As the backend logs in."""
        return f"redis://:{secret('redis_password')}@127.0.0.1:{self.redis_port}/0"

    def compose(self, *arguments: str, stdin: str | None = None) -> str:
        """What the command wrote; raises with its words when it fails."""
        files = ["-f", str(STACK / "compose.yaml"), "-f", str(self.override)]
        argv = ["docker", "compose", "-p", self.project, *files, *arguments]
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=START_SECONDS, check=False)
        if done.returncode:
            raise AssertionError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def superuser(self, sql: str) -> str:
        """Runs it as the superuser, who is reached only inside the container."""
        psql = ("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "viworks")
        return self.compose("exec", "-T", "postgres", *psql, stdin=sql)

    def schema(self) -> str:
        """The schema as pg_dump writes it, grants and owners included."""
        dump = self.compose("exec", "-T", "postgres", "pg_dump", "-U", "postgres", "--schema-only", "viworks")
        # Newer ones write a key that is different in every dump.
        return "".join(line for line in dump.splitlines(True) if not line.startswith(("\\restrict", "\\unrestrict")))

    async def migrate(self, revision: str) -> None:
        """Up or down to that revision, as the owner."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: asyncpg.connect(self.dsn("owner"), timeout=10, command_timeout=START_SECONDS),
        )

        def run(connection: Connection) -> None:
            config.attributes["connection"] = connection
            (command.downgrade if revision == "base" else command.upgrade)(config, revision)

        async with engine.connect() as connection:
            await connection.run_sync(run)
        await engine.dispose()

    async def empty(self) -> None:
        """As after the first migration."""
        owner = await asyncpg.connect(self.dsn("owner"), timeout=10)
        try:
            async with owner.transaction():
                await owner.execute(EMPTY)
        finally:
            await owner.close()
        async with Redis(port=self.redis_port, username="tests", password=self.admin_password) as redis:
            await redis.flushdb()


def secret(name: str) -> str:
    """A secret of bin/setup."""
    return (STACK / "secrets" / name).read_text(encoding="utf-8").strip()


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path) -> Iterator[Stores]:
    """Both, started, with an empty database; taken away at the end."""
    subprocess.run([STACK / "bin" / "setup"], check=True, capture_output=True, timeout=60)
    stores = Stores(
        project=f"viworks-tests-{os.getpid()}-{secrets.token_hex(3)}",
        override=folder / "compose.override.yaml",
        postgres_port=free_port(),
        redis_port=free_port(),
        admin_password=secrets.token_hex(16),
    )
    stores.override.write_text(json.dumps(changes(stores, folder)), encoding="utf-8")
    try:
        stores.compose("up", "--build", "--detach", "--wait", "postgres", "redis")
        yield stores
    finally:
        stores.compose("down", "--volumes", "--timeout", "5")


def changes(stores: Stores, folder: Path) -> dict[str, Any]:
    """What differs from the stack: published ports, and a user of Redis who may empty it."""
    digest = hashlib.sha256(stores.admin_password.encode()).hexdigest()
    users = folder / "redis_acl"
    users.write_text(f"{secret('redis_acl')}\nuser tests on #{digest} ~* &* +@all\n", encoding="utf-8")
    users.chmod(0o444)
    return {
        "services": {
            "postgres": {"ports": [f"127.0.0.1:{stores.postgres_port}:5432"]},
            "redis": {"ports": [f"127.0.0.1:{stores.redis_port}:6379"]},
        },
        "networks": {"data": {"internal": False}},
        "secrets": {"redis_acl": {"file": str(users)}},
    }
