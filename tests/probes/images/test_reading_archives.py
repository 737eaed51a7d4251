"""How archives come from the engine: in pieces, once for each image, and broken off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from flawless.errors import EngineError
from flawless.model.facts import Known, Unknown
from flawless.model.settings import Settings
from flawless.model.stack import Build
from flawless.ports.bundle import Target
from flawless.ports.engine import Json
from flawless.probes.images import image_files
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine, fake_ports

from . import archives

WHOLE = archives.old({"usr/bin/gcc": b"x" * 5_000}, {"app/.env": b"TOKEN=CANARY-1\n"})
BUILD = Build("/sample", "/sample/Dockerfile", "", (), samples.HERE)


class Sending(MemoryEngine):
    """Sends an archive in pieces of a size, up to a place where the connection breaks."""

    def __init__(self, size: int, breaks_at: int = 0) -> None:
        super().__init__()
        self.size, self.breaks_at, self.asked = size, breaks_at, 0

    async def image(self, ref: str) -> Json | None:
        return {"Id": "sha256:" + "a" * 64}

    async def image_archive(self, ref: str) -> AsyncIterator[bytes]:
        self.asked += 1
        for start in range(0, len(WHOLE), self.size):
            if self.breaks_at and start >= self.breaks_at:
                raise EngineError("the connection broke", where=ref)
            yield WHOLE[start : start + self.size]


def readings(engine: Sending) -> dict[str, Known[Any] | Unknown]:
    services = [samples.service(name, image="shop/app:1", build=BUILD) for name in ("app", "worker")]
    ports = fake_ports(engine=engine)
    facts = asyncio.run(image_files.gather(Target(samples.stack(*services), Settings(), ports)))
    return {fact.subject: fact.reading for fact in facts}


@pytest.mark.parametrize("size", [100, 4_096, 1 << 20])
def test_pieces_of_any_size_make_the_same_whole_and_one_image_is_read_once(size: int) -> None:
    engine = Sending(size)
    app, worker = readings(engine).values()
    assert isinstance(app, Known)
    assert isinstance(worker, Known)
    assert app.value == worker.value
    assert (app.value.compilers, app.value.secrets[0].path) == (("usr/bin/gcc",), "app/.env")
    assert engine.asked == 1


def test_an_archive_that_breaks_off_is_unknown() -> None:
    for reading in readings(Sending(512, breaks_at=3_000)).values():
        assert isinstance(reading, Unknown)
        assert "the connection broke" in reading.reason
