"""Hand-made stores, and a client that talks to the application in this process."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from starlette.testclient import TestClient

from viworks import app
from viworks.model import Deployment, NewDeployment
from viworks.stores import StoreError


@dataclass
class FakeDatabase:
    up: bool = True
    opened: bool = False
    closed: bool = False
    rows: list[Deployment] = field(default_factory=list)
    counted: int = 0

    async def open(self) -> None:
        self.opened = True

    async def close(self) -> None:
        self.closed = True

    async def ping(self) -> None:
        if not self.up:
            raise StoreError("postgres")

    async def insert(self, new: NewDeployment) -> Deployment:
        await self.ping()
        row = Deployment(id=len(self.rows) + 1, created_at=datetime.now(UTC), **new.model_dump())
        self.rows.append(row)
        return row

    async def newest(self, limit: int, before: int | None) -> list[Deployment]:
        await self.ping()
        return [row for row in reversed(self.rows) if before is None or row.id < before][:limit]

    async def count(self) -> int:
        await self.ping()
        self.counted += 1
        return len(self.rows)


@dataclass
class FakeCache:
    """Down means what it means for the real one: only `ping` complains."""

    up: bool = True
    closed: bool = False
    known: int | None = None

    async def close(self) -> None:
        self.closed = True

    async def ping(self) -> None:
        if not self.up:
            raise StoreError("redis")

    async def total(self) -> int | None:
        return self.known if self.up else None

    async def remember_total(self, total: int) -> None:
        self.known = total

    async def forget_total(self) -> None:
        self.known = None


@pytest.fixture
def database() -> FakeDatabase:
    return FakeDatabase()


@pytest.fixture
def cache() -> FakeCache:
    return FakeCache()


@pytest.fixture
def client(database: FakeDatabase, cache: FakeCache) -> Iterator[TestClient]:
    application = app.create(database, cache, revision="abc123")
    with TestClient(application, raise_server_exceptions=False) as client:
        yield client
