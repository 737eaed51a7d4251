"""Redis in a container, by the client of that container.

Whatever password it takes is read inside the container and never leaves it: none is on a command line. Names as the
usual images and files have them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

from flawless.errors import EngineError
from flawless.ports.engine import Engine

_CALL = 30.0
_LOGIN = (
    'if [ -z "${REDISCLI_AUTH:-}" ]; then REDISCLI_AUTH="${REDIS_PASSWORD:-}"; fi; '
    'for file in "${REDIS_PASSWORD_FILE:-}" /run/secrets/redis_password; do '
    'if [ -z "$REDISCLI_AUTH" ] && [ -r "$file" ]; then REDISCLI_AUTH=$(cat "$file"); fi; done; '
    'if [ -z "$REDISCLI_AUTH" ]; then REDISCLI_AUTH=$(tr "\\000" "\\n" </proc/1/cmdline '
    "| sed -n '/^--requirepass$/{n;p;q}'); fi; "
    '[ -n "$REDISCLI_AUTH" ] && export REDISCLI_AUTH || unset REDISCLI_AUTH; exec redis-cli "$@"'
)
_SPACE = re.compile(r"db(\d+):keys=(\d+),expires=(\d+)")
_REFUSED = re.compile(r"^(?:NOAUTH|NOPERM|WRONGPASS|ERR|LOADING|MISCONF)\b")
_SETTINGS = ("dir", "dbfilename", "appendonly", "appendfilename", "appenddirname")
_MAGIC = b"REDIS"
_MANIFESTS_SINCE = 7
_MARK = 40  # CONFIG_RUN_ID_SIZE in its source
_HEX = frozenset(b"0123456789abcdef")


class RedisServer:
    """One server. What it refuses is an EngineError with its own words."""

    def __init__(self, engine: Engine, ref: str) -> None:
        self._engine = engine
        self._ref = ref

    async def ask(self, *words: str) -> str:
        """What a command answers."""
        found = await self._engine.exec(self._ref, ("sh", "-c", _LOGIN, "sh", *words), timeout=_CALL)
        said = found.output.strip()
        if found.status or _REFUSED.match(said):
            raise EngineError(f"Redis refused {words[0]}: {said.splitlines()[-1] if said else 'it said nothing'}")
        return said

    async def ready(self) -> bool:
        """Whether it answers with all its data loaded."""
        try:
            return (await self.ask("ping")).endswith("PONG")
        except EngineError:
            return False

    async def settings(self) -> dict[str, str]:
        """Where and how it keeps its data, and its ``version``; a setting that it does not know is left out."""
        found = {}
        for name in _SETTINGS:
            lines = (await self.ask("config", "get", name)).splitlines()
            if len(lines) > 1:
                found[name] = lines[1]
        version = re.search(r"redis_version:(\S+)", await self.ask("info", "server"))
        return {**found, "version": version[1] if version else ""}

    async def keys(self) -> dict[str, int]:
        """By database the number of keys that do not expire."""
        said = await self.ask("info", "keyspace")
        return {f"db{number}": int(keys) - int(expires) for number, keys, expires in _SPACE.findall(said)}

    async def rdb(self, *, seconds: float) -> AsyncIterator[bytes]:
        """An RDB file of one instant, as it comes: the server hands it over as to a replica."""
        streams = await self._engine.open(self._ref, ("sh", "-c", _LOGIN, "sh", "--rdb", "-"), timeout=seconds)
        first = held = b""
        try:
            async with asyncio.timeout(seconds):
                while piece := await streams.receive():
                    first = (first + piece[: len(_MAGIC)])[: len(_MAGIC)]
                    held += piece
                    yield held[:-_MARK]
                    held = held[-_MARK:]
            yield without_mark(held)
        except TimeoutError as error:
            raise EngineError(f"Redis did not hand its data over within {seconds:.0f} s") from error
        finally:
            status, errors = await asyncio.shield(streams.finish())
        if status or first != _MAGIC:
            last = errors.strip().splitlines()[-1:] or ["it said nothing"]
            raise EngineError(f"Redis did not hand its data over: {last[0]}")


def without_mark(end: bytes) -> bytes:
    """The last bytes of an RDB stream without the mark of 40 hex digits by which a server without a file ends it.

    A file's own end has a byte 0xff nine bytes before it, so that one is not taken for the other.
    """
    return b"" if len(end) == _MARK and _HEX.issuperset(end) else end


def data_files(facts: dict[str, str]) -> tuple[str, dict[str, bytes]]:
    """The name, in its folder, under which Redis loads an RDB, and the other files that must be there for that.

    Without an append-only file the name is ``dbfilename``. With one, Redis reads nothing else: before 7.0 the one file,
    which may begin with an RDB, and since then what a manifest names. That names an empty file for what comes later,
    too: without it Redis would append to an old one of the same name, and its next start would read what is in there.
    """
    if facts.get("appendonly") != "yes":
        return facts.get("dbfilename") or "dump.rdb", {}
    name = facts.get("appendfilename") or "appendonly.aof"
    if int(facts.get("version", "0").partition(".")[0] or 0) < _MANIFESTS_SINCE:
        return name, {}
    folder = facts.get("appenddirname") or "appendonlydir"
    base, later = f"{name}.1.base.rdb", f"{name}.1.incr.aof"
    manifest = f"file {base} seq 1 type b\nfile {later} seq 1 type i\n"
    return f"{folder}/{base}", {f"{folder}/{later}": b"", f"{folder}/{name}.manifest": manifest.encode()}
