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
    ("facts", "files", "manifest"),
    [
        ({}, ("dump.rdb",), ""),
        ({"dbfilename": "a.rdb", "appendonly": "no", "version": "7.2.4"}, ("a.rdb",), ""),
        ({"appendonly": "yes", "version": "6.2.1", "appendfilename": "b.aof"}, ("b.aof",), ""),
        (
            {"appendonly": "yes", "version": "7.0.15", "appendfilename": "c.aof", "appenddirname": "d"},
            ("d/c.aof.1.base.rdb", "d/c.aof.manifest"),
            "file c.aof.1.base.rdb seq 1 type b\n",
        ),
    ],
    ids=["defaults", "a-name", "one-file", "a-folder"],
)
def test_the_names_that_redis_loads(facts: dict[str, str], files: tuple[str, ...], manifest: str) -> None:
    assert data_files(facts) == (files, manifest)


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
