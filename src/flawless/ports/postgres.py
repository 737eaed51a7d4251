"""PostgreSQL in a container, by the programs of that container and as its own superuser.

Whatever password it takes is read inside the container and never leaves it: none is on a command line. Programs and
server are of one version, for they come from one image.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress

from flawless.errors import EngineError
from flawless.ports.engine import Duplex, Engine

_CALL = 60.0
_PIECE = 65_536
# Names as the usual images have them. Over the socket most of them ask for no password.
_AS_SUPERUSER = (
    'export PGUSER="${POSTGRES_USER:-postgres}" PGCONNECT_TIMEOUT=10; '
    'if [ -z "${PGPASSWORD:-}" ]; then PGPASSWORD="${POSTGRES_PASSWORD:-${POSTGRESQL_PASSWORD:-}}"; fi; '
    'if [ -z "$PGPASSWORD" ] && [ -r "${POSTGRES_PASSWORD_FILE:-}" ]; then '
    'PGPASSWORD=$(cat "$POSTGRES_PASSWORD_FILE"); fi; export PGPASSWORD; unset PGHOST PGDATABASE; '
)
_READ = 'bytes=$1; shift; head -c "$bytes" | "$@"'  # the far end cannot see the end of its input
_SQL = ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align")
_STRICT = "--set=ON_ERROR_STOP=1"
# One program for each database, all of it one command: starting one in a container costs more than most queries.
_EACH = (
    'given=$1; names=$(psql --no-psqlrc --tuples-only --no-align --dbname=template1 --command="$2") || exit; '
    'printf "%s\\n" "$names" | while IFS= read -r database; do printf "\\036%s\\037" "$database"; '
    'printf %s "$given" | {program} --dbname="$database" || exit; done'
)
_NAMES = "select datname from pg_database where datallowconn and not datistemplate order by 1"
_DATABASES = """\
select datname, pg_get_userbyid(datdba) from pg_database where datallowconn and not datistemplate order by 1
"""
_COUNTS = """\
select format('select %L, count(*) from %I.%I', n.nspname || '.' || c.relname, n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e')
order by 1
\\gexec
"""
REQUIRED = "not null, no default"  # as the query below says it
_COLUMNS = """\
select n.nspname || '.' || c.relname || '.' || a.attname,
    format_type(a.atttypid, a.atttypmod)
    || case when a.attnotnull and not a.atthasdef and a.attidentity = '' then ' not null, no default' else '' end
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select from pg_depend d where d.classid = c.tableoid and d.objid = c.oid and d.deptype = 'e')
order by 1
"""
_ALONE = "select pg_terminate_backend(pid) from pg_stat_activity where datname is not null and pid <> pg_backend_pid()"
# What a dump says of itself, different each time.
_NOISE = ("--", "\\restrict", "\\unrestrict")


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


class Postgres:
    """One server. What it refuses, and what takes too long, is an EngineError with its own last words."""

    def __init__(self, engine: Engine, ref: str) -> None:
        self._engine = engine
        self._ref = ref

    async def ready(self) -> bool:
        """Whether it takes connections over TCP, which it does not while its first start prepares the database."""
        found = await self._engine.exec(self._ref, ("pg_isready", "-q", "-h", "127.0.0.1"), timeout=_CALL)
        return found.status == 0

    async def version(self) -> str:
        """Its version, such as ``15.14``."""
        return (await self.ask("show server_version")).partition(" ")[0]

    async def ask(self, sql: str, database: str = "template1") -> str:
        """What a query answers, without its last line end; columns are parted by ``|``."""
        return await self._text((*_SQL, _STRICT, f"--dbname={database}", f"--command={sql}"))

    async def apply(self, sql: str, database: str = "template1", *, strict: bool = True) -> None:
        """Run statements; unless ``strict``, those that fail are passed over."""
        options = (_STRICT,) if strict else ()
        await self._text((*_SQL, *options, f"--dbname={database}", "--output=/dev/null"), sql.encode())

    async def databases(self) -> dict[str, str]:
        """The owner of each of its databases, templates left out."""
        return dict(_halves(await self.ask(_DATABASES)))

    async def size(self) -> int:
        """Bytes of all databases together, on its disk."""
        return int(await self.ask("select coalesce(sum(pg_database_size(oid)), 0) from pg_database"))

    async def rows(self) -> dict[str, dict[str, int]]:
        """Of each database the rows of each table, counted, by schema and name; those of extensions are left out."""
        said = await self._each(" ".join((*_SQL, _STRICT)), _COUNTS)
        return {name: {table: int(count) for table, count in _halves(text)} for name, text in said.items()}

    async def columns(self) -> dict[str, dict[str, str]]:
        """The type of each column of tables and views, by database; one that must be given ends with REQUIRED."""
        said = await self._each(" ".join((*_SQL, _STRICT)), _COLUMNS)
        return {name: dict(_halves(text)) for name, text in said.items()}

    async def schemas(self) -> dict[str, tuple[str, ...]]:
        """Of each database the lines of its schema as ``pg_dump`` writes them, comments and empty ones left out."""
        said = await self._each("pg_dump --schema-only")
        return {name: tuple(_told(text)) for name, text in said.items()}

    async def _each(self, program: str, given: str = "") -> dict[str, str]:
        words = ("sh", "-c", _EACH.format(program=program), "sh", given, _NAMES)
        parts = (part.partition("\x1f") for part in (await self._text(words)).split("\x1e")[1:])
        return {name: text for name, _, text in parts}

    async def digest(self) -> str:
        """The SHA-256 of the schemas of all its databases, in hex."""
        total = hashlib.sha256()
        for database, lines in (await self.schemas()).items():
            total.update("\n".join((database, *lines, "")).encode())
        return total.hexdigest()

    async def roles(self, *, passwords: bool = False) -> str:
        """Statements that make its roles; ``passwords``: with what the server keeps of them."""
        options = () if passwords else ("--no-role-passwords",)
        return await self._text(("pg_dumpall", "--roles-only", "--database=template1", *options))

    async def dump(self, database: str, *options: str, seconds: float) -> AsyncIterator[bytes]:
        """``pg_dump``'s custom format, as it comes."""
        argv = ("pg_dump", "--format=custom", "--lock-wait-timeout=30s", f"--dbname={database}", *options)
        async for piece in self._output(argv, (), 0, seconds):
            yield piece

    async def table_data(self, database: str, tables: Iterable[str]) -> str:
        """The rows of some tables as statements."""
        named = (f"--table={table}" for table in tables)
        return await self._text(("pg_dump", "--data-only", f"--dbname={database}", *named))

    async def restore(self, dump: Iterable[bytes], size: int, *, seconds: float) -> None:
        """Put a dump of ``size`` bytes in the place of the database of its name; every connection is ended first."""
        await self.ask(_ALONE)
        argv = ("pg_restore", "--clean", "--if-exists", "--create", "--exit-on-error", "--dbname=template1")
        await self._drain(argv, dump, size, seconds)

    async def read_through(self, dump: Iterable[bytes], size: int, *, seconds: float) -> None:
        """Have ``pg_restore`` read a dump of ``size`` bytes to its end, without restoring it."""
        await self._drain(("pg_restore", "--file=/dev/null"), dump, size, seconds)

    async def _drain(self, argv: tuple[str, ...], given: Iterable[bytes], size: int, seconds: float) -> None:
        async for _ in self._output(argv, given, size, seconds):
            pass

    async def _text(self, argv: tuple[str, ...], given: bytes = b"") -> str:
        pieces = [given[at : at + _PIECE] for at in range(0, len(given), _PIECE)]
        said = [piece async for piece in self._output(argv, pieces, len(given), _CALL)]
        return b"".join(said).decode(errors="replace").rstrip("\n")

    async def _output(
        self, argv: tuple[str, ...], given: Iterable[bytes], size: int, seconds: float
    ) -> AsyncIterator[bytes]:
        """Standard output of a program that is handed ``size`` bytes."""
        script, words = (_READ, (str(size), *argv)) if size else ('exec "$@"', argv)
        end = asyncio.get_running_loop().time() + seconds
        shell = ("sh", "-c", _AS_SUPERUSER + script, "sh")
        streams = await self._engine.open(self._ref, (*shell, *words), timeout=max(seconds, _CALL))
        sending = asyncio.create_task(_send(streams, given))
        try:
            while piece := await _within(end, streams, argv[0], seconds):
                yield piece
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            status, errors = await asyncio.shield(_finished(streams))
        if status:
            raise EngineError(f"{argv[0]} ended with {status}: {_last(errors)}")


def _halves(said: str) -> Iterator[tuple[str, str]]:
    """Lines of two columns; the second never holds what parts them."""
    for line in said.splitlines():
        first, _, second = line.rpartition("|")
        yield first, second


def _told(dump: str) -> Iterator[str]:
    return (line for line in dump.splitlines() if line.strip() and not line.startswith(_NOISE))


async def _within(end: float, streams: Duplex, program: str, seconds: float) -> bytes:
    try:
        async with asyncio.timeout_at(end):
            return await streams.receive()
    except TimeoutError as error:
        raise EngineError(f"{program} did not end within {seconds:.0f} s") from error


async def _finished(streams: Duplex) -> tuple[int, str]:
    try:
        return await streams.finish()
    except TimeoutError as error:
        raise EngineError("a program in the database's container does not end") from error


async def _send(streams: Duplex, given: Iterable[bytes]) -> None:
    with suppress(OSError):  # it has ended: its status and its words say why
        for piece in given:
            await streams.send(piece)


def _last(errors: str) -> str:
    said = [line.strip() for line in errors.splitlines() if line.strip()]
    told = [line for line in said if "error" in line.lower() or "fatal" in line.lower()]
    return (told or said or ["it said nothing"])[-1]
