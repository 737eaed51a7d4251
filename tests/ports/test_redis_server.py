"""What Redis hands over, and under which names it loads that again."""

from __future__ import annotations

import asyncio

import pytest

from flawless.errors import EngineError
from flawless.ports.redisserver import _LOGIN, RedisServer, data_files, without_mark
from flawless.testing.fakes import MemoryEngine, inspected

FILE_END = b"x" * 31 + b"\xff" + b"abcdef01"


@pytest.mark.parametrize(
    ("end", "left"),
    [(b"0123456789abcdef" * 2 + b"01234567", b""), (FILE_END, FILE_END), (b"ab12", b"ab12"), (b"", b"")],
    ids=["the-mark", "the-end-of-a-file", "a-short-one", "nothing"],
)
def test_the_mark_of_a_stream_is_no_part_of_the_file(end: bytes, left: bytes) -> None:
    assert without_mark(end) == left


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({}, "dump.rdb"),
        ({"dbfilename": "a.rdb", "appendonly": "no", "version": "7.2.4"}, "a.rdb"),
        ({"appendonly": "yes", "version": "6.2.1", "appendfilename": "b.aof"}, "b.aof"),
    ],
    ids=["defaults", "a-name", "one-file"],
)
def test_the_one_file_that_redis_loads(facts: dict[str, str], name: str) -> None:
    assert data_files(facts) == (name, {})


def test_a_manifest_names_the_file_and_an_empty_one_for_what_comes_later() -> None:
    facts = {"appendonly": "yes", "version": "7.0.15", "appendfilename": "c.aof", "appenddirname": "d"}
    name, others = data_files(facts)
    assert name == "d/c.aof.1.base.rdb"
    assert others["d/c.aof.1.incr.aof"] == b"", "an old one of that name would be read at the next start"
    assert others["d/c.aof.manifest"].splitlines() == [
        b"file c.aof.1.base.rdb seq 1 type b",
        b"file c.aof.1.incr.aof seq 1 type i",
    ]


@pytest.mark.parametrize(
    ("said", "words"), [(b"NOPERM this user has no permissions", "did not hand"), (b"", "it said nothing")]
)
def test_what_is_no_rdb_is_refused(said: bytes, words: str) -> None:
    cache = inspected("cache")
    engine = MemoryEngine([cache], {f"open {cache['Id']} sh -c {_LOGIN} sh --rdb -": said})

    async def drained() -> bytes:
        return b"".join([piece async for piece in RedisServer(engine, cache["Id"]).rdb(seconds=5)])

    with pytest.raises(EngineError, match=words):
        asyncio.run(drained())
