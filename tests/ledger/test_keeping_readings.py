"""Readings and alerts in the ledger: the same comes out, in little space, and no more than is allowed."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from flawless.app.keeping import Keeping
from flawless.errors import UsageError
from flawless.ledger._packing import pack, unpack
from flawless.ledger.sqlite import SqliteLedger
from flawless.model.alerts import Alert, Block
from flawless.model.board import Lane, Tick
from flawless.model.standing import Standing

COUNT = st.integers(0, 2**60)
TOLD = st.none() | COUNT
TICK = st.builds(
    Tick,
    at=st.integers(0, 2**42).map(lambda milli: milli / 1000),
    cores=st.none() | st.integers(0, 10**6).map(lambda milli: milli / 1000),
    memory=COUNT,
    pids=COUNT,
    received=TOLD,
    sent=TOLD,
    read=TOLD,
    written=TOLD,
    periods=COUNT,
    throttled=COUNT,
)
ALERT = Alert(key="service", subject="web", said="exited with 1", do="flawless diagnose web", raised=100.0)
LANE = Lane(id="abc", name="web-1", standing=Standing.HEALTHY, why="healthy", started_at=1.0, service="web")


def ticks(start: float, number: int = 60, step: float = 1.0) -> tuple[Tick, ...]:
    """Readings of a service at work: every figure moves a little."""
    return tuple(
        Tick(
            at=start + round(index * step, 3),
            memory=60_000_000 + 4096 * (index * 7919 % 50),
            pids=12 + index % 3,
            cores=(index * 104_729 % 97) / 1000,
            received=index * 1_500 + index * 7919 % 700,
            sent=index * 90_000 + index * 104_729 % 9_000,
            read=0,
            written=index * 4096,
            periods=index * 10,
            throttled=index // 9,
        )
        for index in range(number)
    )


def block(start: float, container: str = "web-1", number: int = 60) -> Block:
    return Block(container=container, ticks=ticks(start, number))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with SqliteLedger.open(tmp_path / "ledger.db") as book:
        yield book


@given(st.lists(TICK, max_size=30))
def test_what_is_packed_comes_out_the_same(readings: list[Tick]) -> None:
    assert unpack(pack(readings)) == tuple(readings)


def test_a_reading_without_its_memory_is_not_made_up() -> None:
    columns: list[list[int | None]] = [[0], [None], [None], [1], [1], [1], [1], [1], [1], [1]]
    with pytest.raises(ValueError, match="a reading without memory"):
        unpack(zlib.compress(msgspec.msgpack.encode(columns)))


def test_readings_are_found_again_by_stack_and_time(ledger: SqliteLedger) -> None:
    ledger.keep_samples("shop", [block(100.0), block(100.0, "db-1")])
    ledger.keep_samples("shop", [block(160.0)])
    ledger.keep_samples("other", [block(100.0)])
    assert ledger.samples("shop") == (block(100.0, "db-1"), block(100.0), block(160.0))
    assert ledger.samples("shop", 101.0) == (block(160.0),)


def test_the_oldest_go_when_there_are_too_many(ledger: SqliteLedger) -> None:
    for start in range(0, 600, 60):
        ledger.keep_samples("shop", [block(float(start)), block(float(start), "db-1")])
    one = len(pack(ticks(540.0)))
    assert ledger.drop_samples(1_000_000) == 0
    assert ledger.drop_samples(5 * one) == 16
    assert [kept.ticks[0].at for kept in ledger.samples("shop")] == [480.0, 480.0, 540.0, 540.0]


def test_readings_that_are_damaged_are_said_to_be(ledger: SqliteLedger, tmp_path: Path) -> None:
    ledger.keep_samples("shop", [block(0.0)])
    with sqlite3.connect(tmp_path / "ledger.db") as outside:
        outside.execute("UPDATE samples SET packed = x'00ff'")
    with pytest.raises(UsageError, match="cannot be read"):
        ledger.samples("shop")


def test_an_alert_is_replaced_when_it_is_over(ledger: SqliteLedger) -> None:
    ledger.record_alert("shop", ALERT)
    other = structs.replace(ALERT, subject="db", raised=50.0, cleared=60.0)
    ledger.record_alert("shop", other)
    assert ledger.alerts("shop") == (ALERT, other)
    assert ledger.alerts("shop", 61.0) == (ALERT,)
    over = structs.replace(ALERT, cleared=160.0)
    ledger.record_alert("shop", over)
    assert ledger.alerts("shop", 61.0) == (over,)
    assert ledger.alerts("other") == ()


def test_a_day_of_twenty_services_every_five_seconds_stays_small(ledger: SqliteLedger) -> None:
    """Of each minute of an hour: 20 containers, 12 readings; a day is 24 times as much (50 MB are allowed)."""
    for minute in range(60):
        ledger.keep_samples("shop", [block(minute * 60.0, f"web-{number}", 12) for number in range(20)])
    packed = sum(len(pack(kept.ticks)) for kept in ledger.samples("shop"))
    assert packed * 24 < 20_000_000


class _Full:
    """A ledger that cannot be written until it can be."""

    def __init__(self, book: SqliteLedger) -> None:
        self.book = book
        self.full = True

    def __getattr__(self, name: str) -> object:
        if self.full:
            raise UsageError("the ledger cannot grow, the disk is full")
        return getattr(self.book, name)


def look(keeping: Keeping, readings: Sequence[Tick], now: float) -> None:
    for reading in readings:
        keeping.take([structs.replace(LANE, ticks=(reading,))], 1000.0, now)


def test_a_minute_of_readings_is_written_at_once_and_each_only_once(ledger: SqliteLedger) -> None:
    keeping = Keeping(ledger, "shop", 1, lambda _: None)
    first, second = ticks(0.0, 2)
    look(keeping, (first, first, second), 5.0)
    assert ledger.samples("shop") == ()
    keeping.take([], 1000.0, 66.0)
    (kept,) = ledger.samples("shop")
    assert [tick.at for tick in kept.ticks] == [1000.0, 1001.0]


def test_a_ledger_without_room_is_said_once_and_what_was_seen_is_written_later(ledger: SqliteLedger) -> None:
    said: list[str] = []
    full = _Full(ledger)
    keeping = Keeping(full, "shop", 1, said.append)  # type: ignore[arg-type]
    look(keeping, ticks(0.0, 2), 5.0)
    keeping.record(ALERT)
    keeping.flush()
    assert said == ["? what is seen cannot be kept, and is tried again: the ledger cannot grow, the disk is full"]
    full.full = False
    keeping.flush()
    assert ledger.alerts("shop") == (ALERT,)
    assert len(ledger.samples("shop")[0].ticks) == 2
