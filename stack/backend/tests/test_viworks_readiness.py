import asyncio
from pathlib import Path

import pytest

from viworks import readiness


async def fine() -> None:
    return None


async def broken() -> None:
    raise ValueError("whatever it is")


async def hanging() -> None:
    await asyncio.sleep(60)


def test_a_store_that_hangs_counts_as_down_in_short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PROBE_SECONDS", 0.05)
    probes = {"fine": fine, "broken": broken, "hanging": hanging}
    assert asyncio.run(readiness.failing(probes)) == ["broken", "hanging"]


def test_the_three_copies_of_the_probe_are_the_same() -> None:
    """Each image builds from its own folder, so each has its own copy."""
    stack = Path(__file__).resolve().parents[2]
    copies = [(stack / part / "http-health").read_text() for part in ("nginx", "frontend", "backend")]
    assert len(set(copies)) == 1
