"""How fast an engine's log is read, split, told apart and counted by shape, and in how much memory.

``python -m benchmarks.logs MEGABYTES`` reads so much as the engine sends it, and prints the lines.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Command, once
from benchmarks.place import Place
from benchmarks.table import Row
from flawless.ports.mask import Masker
from flawless.ports.streams import LogSplitter
from flawless.probes.live._errors import ErrorShapes

REPOSITORY = Path(__file__).resolve().parents[1]
SHORT, LONG = 100, 1000  # megabytes
LINES, TARGET_LINES = 5_000, 100_000
MOST_MEMORY = 100.0
AT = "2026-11-26T15:22:55.244456000Z"
ACCESS = (
    '{{"method": "GET", "path": "/api/deployments/{0}", "status": 200, "ms": {1}.4, "client": "172.18.0.1", '
    '"event": "request", "request_id": "4f6c67a50bff53caf834a6e8{0:08x}", "level": "info"}}'
)
WORK = "2026-11-26 15:22:55,{1:03} INFO worker: job {0} done in {1} ms"
ERROR = "2026-11-26T15:22:55.{1:03}Z ERROR [pool-{1}] connection to 10.0.0.{1}:5432 refused after {0} ms"


def measure(_place: Place) -> Iterator[Row]:
    """Processor time of 100,000 lines, and the peak of the process; of a hundredth each line is an error."""
    size = LONG if os.environ.get("FLAWLESS_FULL") else SHORT
    counted = sum(1 for line in _chunk().split(b"\n") if line) * (size * 1_000_000 // len(_chunk()))
    print(f"reading {size} MB of log, {counted:,} lines", file=sys.stderr)
    command = Command((sys.executable, "-m", "benchmarks.logs", str(size)), REPOSITORY, os.environ)
    sample = once(command)
    yield Row(
        section="logs",
        what=f"{TARGET_LINES:,} lines of log, processor time",
        measured=sample.cpu * TARGET_LINES / counted,
        target=1.0,
        rule="fixed",
    )
    yield Row(
        section="logs",
        what=f"  peak memory, {size} MB of log",
        measured=sample.peak,
        unit="MiB",
        target=MOST_MEMORY,
        rule="fixed",
    )


def _chunk() -> bytes:
    """Lines as the engine frames them (Engine API, "Stream format")."""
    texts = (_line(number).format(number, number % 77) for number in range(LINES))
    framed = (f"{AT} {text}\n".encode() for text in texts)
    return b"".join(struct.pack(">BxxxL", 1, len(line)) + line for line in framed)


def _line(number: int) -> str:
    if number % 100 == 0:
        return ERROR
    return WORK if number % 10 == 0 else ACCESS


def read(megabytes: int) -> int:
    """Read so much; the lines."""
    chunk, splitter, shapes = _chunk(), LogSplitter(tty=False), ErrorShapes(Masker().mask)
    for _ in range(megabytes * 1_000_000 // len(chunk)):
        for line in splitter.feed(chunk):
            shapes.add(line.text)
    return shapes.found().lines


if __name__ == "__main__":
    print(read(int(sys.argv[1])))
