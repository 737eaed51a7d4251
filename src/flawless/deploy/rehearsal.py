"""A migration run on throwaway databases first: an empty one, the same again, and a copy of the one that runs.

All of it is a Compose project of its own on an internal network of its own, removed whatever happens; what a killed run
left is known by its label and goes at the next one.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, structs

from flawless.deploy.backup import Backup
from flawless.deploy.failure import container_failure
from flawless.deploy.health import deadline, wait_good
from flawless.deploy.model_text import to_text
from flawless.deploy.rehearsal_model import (
    FORMER,
    LABEL,
    Cast,
    copies,
    misfits,
    rehearsal_model,
)
from flawless.deploy.site import Site, compose, observe
from flawless.deploy.steps.migrate import JOB_SECONDS
from flawless.errors import EngineError
from flawless.model.observed_rehearsal import FormerBoot, MigrationPass, Rehearsal, RowChange
from flawless.model.release import Release
from flawless.ports.engine import Engine
from flawless.ports.postgres import REQUIRED, Postgres, quoted

T = TypeVar("T")

UP_SECONDS = 180.0
BOOT_SECONDS = 90.0
COPY_SECONDS = 300.0
# A larger backup is read through by pg_restore, and only the schema is copied.
MOST_COPIED = 64 << 20
_POLL = 0.1
_LINES = 12
_VALUES = re.compile(r"(Key \(.*\)=|(?:Failing row|Partition key .*) contains )\(.*\)")
# Where the usual tools keep account of what they have done.
_ACCOUNTS = re.compile(
    r"\.(?:\w*migrations?\w*|\w*schema_(?:history|version|migrations)\w*|alembic_version|databasechangelog\w*|sequelizemeta"
    r"|goose_db_version|aerich)$",
    re.IGNORECASE,
)


class Script(Struct, frozen=True, kw_only=True):
    """What is to be rehearsed: the new release's site, who takes part, and what there is to copy.

    ``live`` is the database that runs, None where none does; ``former`` the release to start on the new schema, None
    for the reason ``alone``.
    """

    site: Site
    cast: Cast
    live: Postgres | None = None
    backups: tuple[Backup, ...] = ()
    former: Release | None = None
    alone: str = ""


class _Stage(Struct, frozen=True):
    """The rehearsal's own site, its containers by service, and the throwaway server."""

    site: Site
    script: Script
    refs: dict[str, str]
    server: Postgres


class _State(Struct, frozen=True):
    """Schema lines and row counts of all databases of a server."""

    lines: Counter[str]
    rows: dict[str, int]


class _Shape(Struct, frozen=True):
    """Schema lines and column types of all databases of a server."""

    lines: Counter[str]
    columns: dict[str, str]


async def rehearse(script: Script) -> Rehearsal:
    """What the jobs do on throwaway databases. Raise StepFailedError or EngineError when those cannot be had."""
    async with _staged(script) as stage:
        await _up(stage)
        found = Rehearsal(jobs=script.cast.jobs, database=script.cast.database, version=await stage.server.version())
        found = await _on_empty(stage, found)
        if len(found.passes) == 1:
            return structs.replace(found, alone="the migration fails")
        return await _on_copy(stage, found)


async def sweep(engine: Engine, stack: str) -> None:
    """Remove what a rehearsal of this stack left: containers with their volumes, and networks."""
    for container in await engine.containers([f"{LABEL}={stack}"]):
        await engine.remove(container["Id"], force=True)
    for network in await engine.networks([f"{LABEL}={stack}"]):
        await engine.remove_network(network["Id"])


@asynccontextmanager
async def _staged(script: Script) -> AsyncIterator[_Stage]:
    site = script.site
    folder = site.model.parent / "rehearsal"
    try:
        _write(script, folder)
        stack = structs.replace(site.stack, name=f"flawless-rehearsal-{site.stack.name}")
        own = structs.replace(site, stack=stack, model=folder / "compose.json")
        await compose(own, "create", "--no-build")
        refs = {name: states[0].id for name, states in (await observe(stack, site.ports)).items()}
        yield _Stage(own, script, refs, Postgres(site.ports.engine, refs[script.cast.database]))
    finally:
        await asyncio.shield(sweep(site.ports.engine, site.stack.name))
        site.ports.files.remove(folder)


def _write(script: Script, folder: Path) -> None:
    """The rehearsal's Compose file, and copies of the files that both releases mount."""
    site, former = script.site, script.former or script.site.release
    for name, release in (("files", site.release), ("former", former)):
        for file in release.files:
            path = folder / name / file.path
            site.ports.files.write(path, base64.b64decode(file.content), 0o644)
            for parent in path.relative_to(folder).parents:
                (folder / parent).chmod(0o755)  # containers run as other users than we do
    before = (_model(former), copies(site.live, folder / "former"))
    model = rehearsal_model(_model(site.release), site.stack, script.cast, copies(site.live, folder / "files"), before)
    site.ports.files.write(folder / "compose.json", to_text(model).encode())


def _model(release: Release) -> dict[str, Any]:
    return msgspec.json.decode(release.config)  # type: ignore[no-any-return]


async def _up(stage: _Stage) -> None:
    """Start the stores, and wait until the database takes connections."""
    cast, engine = stage.script.cast, stage.site.ports.engine
    stage.site.progress(f"rehearsing the migration: starting a throwaway {cast.database}")
    await asyncio.gather(*(engine.start(stage.refs[name]) for name in (cast.database, *cast.stores)))
    clock, ref = stage.site.ports.clock, stage.refs[cast.database]
    end = clock.monotonic() + UP_SECONDS
    while True:
        state = (await engine.container(ref) or {}).get("State") or {}
        if state.get("Status") != "running" or clock.monotonic() > end:
            why = f"the throwaway {cast.database} did not come up within {UP_SECONDS:.0f} s"
            raise await container_failure(stage.site.ports, cast.database, ref, why)
        if await stage.server.ready():
            break
        await clock.sleep(_POLL)
    if stage.script.live:
        await _as_set_up(stage.server, stage.script.live)


async def _as_set_up(server: Postgres, live: Postgres) -> None:
    """Roles and databases that were once made by hand are there too: they are no part of the migration."""
    await server.apply(await live.roles(passwords=True), strict=False)
    there = await server.databases()
    for database, owner in (await live.databases()).items():
        if database not in there:
            await server.ask(f"create database {quoted(database)} owner {quoted(owner)}")


async def _on_empty(stage: _Stage, found: Rehearsal) -> Rehearsal:
    """The first pass, and the second with what it changed."""
    first = await _pass(stage, "empty")
    if first.job:
        return structs.replace(found, passes=(first,))
    before = await _state(stage.server)
    again = await _pass(stage, "again")
    found = structs.replace(found, passes=(first, again))
    if again.job:
        return found
    after = await _state(stage.server)
    return structs.replace(found, schema_changes=_line_changes(before, after), row_changes=_row_changes(before, after))


async def _on_copy(stage: _Stage, found: Rehearsal) -> Rehearsal:
    """The pass on a copy of the database that runs, and the former release on what it leaves."""
    if not stage.script.backups:
        return structs.replace(found, alone=stage.script.alone or "no database runs yet that could be copied")
    try:
        copied = await _copy(stage)
    except EngineError as error:
        mask = stage.site.ports.masker.mask
        return structs.replace(found, uncopied=mask(error.what), alone="the database that runs could not be copied")
    before = await _shape(stage.server)
    passes = (*found.passes, await _pass(stage, "copy"))
    found = structs.replace(found, passes=passes, copied=copied)
    if passes[-1].job or stage.script.former is None:
        return structs.replace(found, alone=stage.script.alone or "the migration fails")
    return structs.replace(found, former=await _former(stage, before, await _shape(stage.server)))


async def _pass(stage: _Stage, on: str) -> MigrationPass:
    """Every job once; it ends with the first that fails."""
    clock, mask = stage.site.ports.clock, stage.site.ports.masker.mask
    start = clock.monotonic()
    for job in stage.script.cast.jobs:
        stage.site.progress(f"rehearsing the migration: {job}, {on}")
        ref = stage.refs[f"{job}-{on}"]
        try:
            await stage.site.ports.engine.start(ref)
        except EngineError as error:
            return MigrationPass(on, round(clock.monotonic() - start, 2), job, 127, (mask(error.what),))
        status = await _ended(stage.site.ports.engine, ref)
        if status != 0:
            lines = await stage.site.ports.engine.logs(ref, tail=_LINES)
            said = tuple(without_values(mask(line.text)) for line in lines if line.text.strip())
            return MigrationPass(on, round(clock.monotonic() - start, 2), job, status, said)
    return MigrationPass(on, round(clock.monotonic() - start, 2))


def without_values(line: str) -> str:
    """A line without what PostgreSQL quotes from rows: those are the users' and belong into no report."""
    return _VALUES.sub(r"\1(…)", line)


async def _ended(engine: Engine, ref: str) -> int | None:
    """A job's exit status; None when its time was up."""
    try:
        async with asyncio.timeout(JOB_SECONDS):
            return await engine.wait(ref, 2 * JOB_SECONDS)
    except TimeoutError:
        return None


async def _copy(stage: _Stage) -> str:
    """Put the database that runs in the throwaway's place: from its backup, or the schema alone where that is large."""
    script, server = stage.script, stage.server
    stage.site.progress("rehearsing the migration: copying the database that runs")
    if sum(backup.size for backup in script.backups) <= MOST_COPIED:
        for backup in script.backups:
            await server.restore(backup.pieces(), backup.size, seconds=COPY_SECONDS)
        return "data"
    for backup in script.backups:
        await server.read_through(backup.pieces(), backup.size, seconds=COPY_SECONDS * 6)
        if script.live:
            await _copy_schema(server, script.live, backup.database)
    return "schema"


async def _copy_schema(server: Postgres, live: Postgres, database: str) -> None:
    """The schema, and the rows by which a tool knows where it stands."""
    dump = [piece async for piece in live.dump(database, "--schema-only", seconds=COPY_SECONDS)]
    await server.restore(dump, sum(map(len, dump)), seconds=COPY_SECONDS)
    accounts = [table for table in (await server.rows())[database] if _ACCOUNTS.search(table)]
    if accounts:
        named = (".".join(quoted(part) for part in table.split(".", 1)) for table in accounts)
        await server.apply(await live.table_data(database, named), database)


async def _former(stage: _Stage, before: _Shape, after: _Shape) -> FormerBoot:
    """The former release's services on the new schema; only where they fail, on the schema as it is too."""
    release = stage.script.former
    assert release is not None
    if before.lines == after.lines:
        return FormerBoot(release.id, moved=False)
    problem, output = await _boot(stage, release)
    control = None
    if problem:
        for name in stage.script.cast.former:
            await stage.site.ports.engine.stop(stage.refs[f"{FORMER}{name}"], 0)
        await _copy(stage)
        control, _ = await _boot(stage, release)
    return FormerBoot(
        release=release.id,
        moved=True,
        services=stage.script.cast.former,
        problem=problem,
        control=control,
        misfits=misfits(before.columns, after.columns, REQUIRED),
        output=output,
    )


async def _boot(stage: _Stage, release: Release) -> tuple[str, tuple[str, ...]]:
    """Start the former release's services; why one is not good ("" when all are), and its last lines."""
    ports = stage.site.ports
    for name in stage.script.cast.former:
        stage.site.progress(f"rehearsing the migration: {name} of release {release.id} on the schema")
        ref = stage.refs[f"{FORMER}{name}"]
        try:
            await ports.engine.start(ref)
            raw = await ports.engine.container(ref)
            given = min(BOOT_SECONDS, deadline(raw)) if raw else BOOT_SECONDS
            why = await wait_good(ports, ref, lambda _: None, seconds=given)
        except EngineError as error:
            why = f"container {ports.masker.mask(error.what)}"
        if why:
            failure = await container_failure(ports, name, ref, why)
            return f"{name} of release {release.id} {why.partition(' ')[2]}", failure.cause.evidence
    return "", ()


async def _state(server: Postgres) -> _State:
    schemas, rows = await asyncio.gather(server.schemas(), server.rows())
    return _State(_all_lines(schemas), _flat(rows))


async def _shape(server: Postgres) -> _Shape:
    schemas, columns = await asyncio.gather(server.schemas(), server.columns())
    return _Shape(_all_lines(schemas), _flat(columns))


def _all_lines(schemas: dict[str, tuple[str, ...]]) -> Counter[str]:
    return Counter(f"{database}: {line}" for database, lines in schemas.items() for line in lines)


def _flat(found: dict[str, dict[str, T]]) -> dict[str, T]:
    """By database and name in one."""
    return {f"{database}.{name}": value for database, each in found.items() for name, value in each.items()}


def _line_changes(before: _State, after: _State) -> tuple[str, ...]:
    added, removed = after.lines - before.lines, before.lines - after.lines
    return tuple(
        f"{sign}{line.partition(': ')[2].strip()}" for sign, some in (("+", added), ("-", removed)) for line in some
    )


def _row_changes(before: _State, after: _State) -> tuple[RowChange, ...]:
    """Tables with another number of rows; new and lost ones show in the schema."""
    return tuple(
        RowChange(table, count, after.rows[table])
        for table, count in before.rows.items()
        if after.rows.get(table, count) != count
    )
