"""What the tests of faults measured, a line of JSON each, for the table in docs/faults.md."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct


class Row(Struct):
    """One fault that was made: the test's name, the numbers of the faults it stands for, and what was seen.

    ``codes`` are the exit codes of the commands in their order, ``failed`` the requests from outside that were not
    answered, ``gap`` the longest time without an answer; times in seconds.
    """

    test: str
    numbers: tuple[int, ...] = ()
    date: str = ""
    held: bool = False
    codes: tuple[int, ...] = ()
    requests: int = 0
    failed: int = 0
    gap: float = 0.0
    seconds: float = 0.0
    said: str = ""


def append(file: Path, row: Row) -> None:
    """Add a row to a file of results."""
    with file.open("ab") as stream:
        stream.write(msgspec.json.encode(row) + b"\n")


def load(file: Path) -> dict[str, Row]:
    """The newest row of each test, by its name."""
    rows = [msgspec.json.decode(line, type=Row) for line in file.read_bytes().splitlines() if line]
    return {row.test: row for row in rows}
