"""Readings in few bytes: each figure as a column of differences, packed together and compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import msgspec

from flawless.model.board import Tick

_FIELDS = ("memory", "pids", "received", "sent", "read", "written", "periods", "throttled")
_MILLI = 1000
Column = list[int | None]


def pack(ticks: Sequence[Tick]) -> bytes:
    """Ticks as bytes; times and cores are kept to a thousandth."""
    columns = [_milli(tick.at for tick in ticks), _milli(tick.cores for tick in ticks)]
    columns += [[getattr(tick, name) for tick in ticks] for name in _FIELDS]
    return zlib.compress(msgspec.msgpack.encode([_differences(column) for column in columns]), 9)


def unpack(packed: bytes) -> tuple[Tick, ...]:
    """The ticks of ``pack``; ValueError, zlib.error or MsgspecError for anything else."""
    columns = [_totals(column) for column in msgspec.msgpack.decode(zlib.decompress(packed), type=list[Column])]
    names = ("at", "cores", *_FIELDS)
    if len(columns) != len(names):
        raise ValueError(f"{len(columns)} columns instead of {len(names)}")
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return tuple(msgspec.convert({**row, **_seconds(row)}, Tick) for row in rows)


def _milli(values: Iterable[float | None]) -> Column:
    return [None if value is None else round(value * _MILLI) for value in values]


def _seconds(row: dict[str, int | None]) -> dict[str, float | None]:
    return {name: None if (value := row[name]) is None else value / _MILLI for name in ("at", "cores")}


def _differences(column: Iterable[int | None]) -> Column:
    found, last = Column(), 0
    for value in column:
        found.append(None if value is None else value - last)
        last = last if value is None else value
    return found


def _totals(column: Iterable[int | None]) -> Column:
    found, last = Column(), 0
    for value in column:
        last += value or 0
        found.append(None if value is None else last)
    return found
