"""Readiness over stores that are well, broken and silent, and a process that is leaving."""

import asyncio
from pathlib import Path

import pytest

from viworks import readiness
from viworks.readiness import Readiness


async def fine() -> None:
    return None


async def broken() -> None:
    raise ValueError("whatever it is")


async def hanging() -> None:
    await asyncio.Event().wait()


async def test_a_store_that_hangs_counts_as_down_in_short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PROBE_SECONDS", 0.05)
    probes = {"fine": fine, "broken": broken, "hanging": hanging}
    assert await Readiness(probes, asyncio.Event()).failing() == ["broken", "hanging"]


async def test_a_process_that_drains_is_not_ready_though_its_stores_answer() -> None:
    draining = asyncio.Event()
    whole = Readiness({"fine": fine}, draining)
    assert await whole.failing() == []
    draining.set()
    assert await whole.failing() == ["draining"]


async def test_the_reason_why_a_database_cannot_be_reached_is_one_line() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        reason = await readiness.unreachable(f"postgresql://user:hunter2@127.0.0.1:{port}/x", seconds=0)
    assert reason
    assert "\n" not in reason
    assert "hunter2" not in reason


def test_the_three_copies_of_the_probe_are_the_same() -> None:
    """Each image builds from its own folder, so each has its own copy."""
    stack = Path(__file__).resolve().parents[2]
    copies = [(stack / part / "http-health").read_text() for part in ("nginx", "frontend", "backend")]
    assert len(set(copies)) == 1
