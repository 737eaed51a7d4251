"""Readings in few bytes: each figure as a column of differences, packed together and compressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from itertools import accumulate

import msgspec

from flawless.model.board import Tick

_FIELDS = ("memory", "pids", "received", "sent", "read", "written", "periods", "throttled")
_ALWAYS = ("at", "memory", "pids", "periods", "throttled")
_MILLI = 1000
Column = list[int | None]
_COLUMNS = msgspec.msgpack.Decoder(list[Column])


def pack(ticks: Sequence[Tick]) -> bytes:
    """Ticks as bytes; times and cores are kept to a thousandth."""
    columns = [_milli(tick.at for tick in ticks), _milli(tick.cores for tick in ticks)]
    columns += [[getattr(tick, name) for tick in ticks] for name in _FIELDS]
    return zlib.compress(msgspec.msgpack.encode([_differences(column) for column in columns]), 9)


def unpack(packed: bytes) -> tuple[Tick, ...]:
    """The ticks of ``pack``; ValueError, zlib.error or MsgspecError for anything else."""
    columns = [_totals(column) for column in _COLUMNS.decode(zlib.decompress(packed))]
    kept = ("at", "cores", *_FIELDS)
    if len(columns) != len(kept):
        raise ValueError(f"{len(columns)} columns instead of {len(kept)}")
    found: dict[str, Sequence[float | None]] = dict(zip(kept, columns, strict=True))
    if missing := [name for name in _ALWAYS if None in found[name]]:
        raise ValueError(f"a reading without {', '.join(missing)}")
    found |= {name: _seconds(found[name]) for name in ("at", "cores")}
    rows = zip(*(found[name] for name in Tick.__struct_fields__), strict=True)
    return tuple(Tick(*row) for row in rows)


def _milli(values: Iterable[float | None]) -> Column:
    return [None if value is None else round(value * _MILLI) for value in values]


def _seconds(column: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else value / _MILLI for value in column]


def _differences(column: Iterable[int | None]) -> Column:
    found, last = Column(), 0
    for value in column:
        found.append(None if value is None else value - last)
        last = last if value is None else value
    return found


def _totals(column: Column) -> Column:
    if None not in column:
        return list(accumulate(column))
    found, last = Column(), 0
    for value in column:
        last += value or 0
        found.append(None if value is None else last)
    return found
