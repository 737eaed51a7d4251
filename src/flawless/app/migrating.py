"""Before a migration runs for real: a backup of what is there, and a rehearsal on throwaway databases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct, structs

from flawless.app.gather import gather
from flawless.app.judge import NOTHING, Judged, judge
from flawless.app.preparing import Preparation, verdict_cause
from flawless.app.reporting import decide
from flawless.app.schema import schema_digest, servers
from flawless.app.session import Session
from flawless.app.sites import make_site, running, write_model
from flawless.app.store import Store
from flawless.deploy.backup import FOLDER, Backup, keep_newest, take
from flawless.deploy.failure import StepFailedError
from flawless.deploy.plan import Options, backed_up
from flawless.deploy.plan import decide as decide_for
from flawless.deploy.rehearsal import Script, rehearse, sweep
from flawless.deploy.rehearsal_model import cast_of, database_of, is_postgres, users_of
from flawless.deploy.site import Outcome, Site
from flawless.errors import FlawlessError
from flawless.model.check import Level
from flawless.model.facts import STACK, Fact, Known, known, unknown
from flawless.model.keys import MIGRATION_TOOLS, REHEARSAL
from flawless.model.observed_files import MigrationTool
from flawless.model.observed_rehearsal import Rehearsal
from flawless.model.plan import Plan, StepKind, Strategy
from flawless.model.release import Release, SchemaMark
from flawless.model.stack import Role, Service, Stack
from flawless.ports.bundle import Target
from flawless.ports.postgres import Postgres

_CHECKS = ("migration-fails", "migration-not-repeatable", "migration-breaks-previous-release")

_VERIFIED = {
    "": "",
    "data": "; the backup was restored there",
    "schema": "; the backup was read through to its end, for it is too large to be restored there",
}


class _Due(Struct, frozen=True):
    """The jobs that this deploy runs on a PostgreSQL of the stack; without any, the reason."""

    site: Site
    jobs: tuple[Service, ...] = ()
    database: Service | None = None
    live: Postgres | None = None
    reason: str = ""


class Migration:
    """The part of the preparation that a migration asks for; what it found is in ``judged`` and ``notes``."""

    def __init__(self, session: Session, preparation: Preparation, parent: Release | None) -> None:
        self._session = session
        self._preparation = preparation
        self._parent = parent
        self._due: _Due | None = None
        self._backups: tuple[Backup, ...] = ()
        self.planning = Options()
        self.judged: Judged = NOTHING
        self.notes: tuple[str, ...] = ()
        self.schema_moved = False
        self._schema_before = ""

    def actions(self) -> dict[StepKind, Callable[[], Awaitable[Outcome]]]:
        """What the runner takes for its two steps."""
        return {StepKind.BACKUP: self.back_up, StepKind.REHEARSE: self.rehearse}

    @property
    def _proved(self) -> bool:
        """Whether the release before was seen to run on the schema that the migration leaves."""
        reading = self.judged.facts.get(REHEARSAL, STACK)
        former = reading.value.former if isinstance(reading, Known) else None
        return bool(former and former.proved)

    async def back_up(self) -> Outcome:
        """Dump the database that the jobs migrate, where one runs and holds something.

        What a killed rehearsal left, a copy of the data among it, is removed first, whether or not a job runs now.
        """
        await sweep(self._session.ports.engine, self._session.stack.name)
        due = await self._find_due()
        if due.reason or due.database is None:
            return Outcome(True, due.reason)
        if due.live is None:
            return Outcome(True, f"{due.database.name} does not run yet")
        return await self._dump(due.database, due.live)

    async def back_up_late(self) -> Outcome:
        """The same for a database that this deploy has just started: its volume may be an old one."""
        due = await self._find_due()
        assert due.database is not None
        live = (await servers(due.site.stack, self._session.ports)).get(due.database.name)
        if live is None:
            return Outcome(False, f"{due.database.name} does not run, so nothing can be backed up")
        return await self._dump(due.database, live)

    async def _dump(self, database: Service, live: Postgres) -> Outcome:
        self._session.progress(f"backing up {database.name}")
        folder = self._session.folder / FOLDER / self._preparation.release.id
        try:
            self._backups = await take(live, database.name, folder)
        except BaseException:
            self._session.ports.files.remove(folder)
            raise
        if not self._backups:
            return Outcome(True, f"{database.name} holds no table: there is nothing to back up")
        self._schema_before = await schema_digest(self._session.stack, self._session.ports)
        taken = ", ".join(f"{each.path.name} ({each.size:,} bytes)" for each in self._backups)
        self.notes = (f"backup before the migration: {folder}: {taken}",)
        return Outcome(True, f"{taken} in {folder}")

    def planned(self, made: Plan) -> Plan:
        """The plan, with a backup in it where the database did not run while the rest was prepared."""
        late = self._due is not None and self._due.database is not None and self._due.live is None
        return backed_up(made) if late else made

    async def rehearse(self) -> Outcome:
        """Run the jobs on throwaway databases and judge that; a blocking fault ends the deploy."""
        due = await self._find_due()
        fact = await _observed(self._session, due.reason or self._script(due))
        self.judged = await judge(self._session, [Level.REHEARSAL], only=_CHECKS, extra=[fact])
        decision = decide(self._session, self.judged)
        if self.judged.verdicts and not decision.go:
            self._session.ports.files.remove(self._session.folder / FOLDER / self._preparation.release.id)
            self.notes = ()
            raise StepFailedError(verdict_cause(self.judged, decision.forced_by, decision.reason))
        if due.reason:
            return Outcome(True, due.reason)
        said = f"{', '.join(job.name for job in due.jobs)} on throwaway databases: {decision.reason}"
        return Outcome(True, said + _VERIFIED[fact.reading.value.copied if isinstance(fact.reading, Known) else ""])

    async def record_schema(self, store: Store) -> tuple[str, ...]:
        """Record with the release the schema that is there now; what the report should say of it."""
        release = self._preparation.release.id
        try:
            digest = await schema_digest(self._session.stack, self._session.ports)
            self.schema_moved = bool(self._schema_before and digest and digest != self._schema_before)
            if digest:
                await store.mark_schema(
                    release, SchemaMark(digest, self.schema_moved, self.schema_moved and self._proved)
                )
        except FlawlessError as error:
            return (f"the schema was not recorded with release {release}: {error.what}",)
        if not self.schema_moved:
            return ()
        moved = f"schema moved: release {release} changed the schema"
        if self._parent is None:
            return (moved,)
        seen = "got healthy on it in the rehearsal" if self._proved else "was not seen to run on it"
        return (f"{moved}; release {self._parent.id} {seen}",)

    def keep_newest(self) -> None:
        """Remove old backups, as many as releases are kept stay."""
        keep_newest(self._session.folder / FOLDER, self._session.settings.deploy.keep_releases)

    def _script(self, due: _Due) -> Script:
        assert due.database is not None
        stack, parent = due.site.stack, self._parent
        users = users_of(parent.model, due.database.name) if parent and parent.model else ()
        return Script(
            site=due.site,
            cast=cast_of(stack, due.jobs, due.database, users),
            live=due.live,
            backups=self._backups,
            former=parent,
            alone="" if parent else "no release was good before this one",
        )

    async def _find_due(self) -> _Due:
        if self._due is None:
            self._due = await self._look()
        return self._due

    async def _look(self) -> _Due:
        session, release = self._session, self._preparation.release
        site = make_site(session, release, write_model(session, release))
        now = await running(session, site.stack)
        wanted = ((each, decide_for(each, site.wanted[each.name], now, self.planning)) for each in site.stack.services)
        jobs = tuple(each for each, decided in wanted if decided.strategy is Strategy.JOB)
        database, chosen = _claimed(site.stack, jobs)
        if database is None:
            self.notes = await unclaimed(session)
            return _Due(site, reason=_why_none(jobs))
        live = (await servers(site.stack, session.ports)).get(database.name)
        return _Due(site, chosen, database, live)


async def on_empty(session: Session, release: Release, place: str) -> Fact:
    """The migration jobs of a release that nobody deploys, twice on an empty throwaway database.

    The database that runs is not asked. ``place`` keeps it apart from what a deploy of this stack rehearses meanwhile.
    """
    site = make_site(session, release, write_model(session, release))
    jobs = site.stack.with_role(Role.JOB)
    database, chosen = _claimed(site.stack, jobs)
    if database is None:
        reason = _why_none(jobs) if jobs else "no service is a job"
        return await _observed(session, reason)
    apart = structs.replace(site, stack=structs.replace(site.stack, name=beside(site.stack.name, place)))
    cast = cast_of(site.stack, chosen, database)
    return await _observed(
        session, Script(site=apart, cast=cast, alone="only a deploy looks at the database that runs")
    )


def beside(stack: str, place: str) -> str:
    """The name under which ``on_empty`` rehearses: what a killed one left is known by it."""
    return f"{stack}-{place}"


async def _observed(session: Session, what: Script | str) -> Fact:
    """A rehearsal, or the reason why there is none, as a fact."""
    ports, now = session.ports, session.ports.clock.now()
    if isinstance(what, str):
        return known(REHEARSAL, STACK, Rehearsal(reason=what), at=now)
    start = ports.clock.monotonic()
    try:
        found = await rehearse(what)
    except StepFailedError as error:
        said = "; ".join(error.cause.evidence[-1:])
        return unknown(REHEARSAL, STACK, f"{error.what}: {said}", remedy="see that it starts with an empty volume")
    except FlawlessError as error:
        return unknown(REHEARSAL, STACK, f"no rehearsal: {ports.masker.mask(error.what)}", remedy=error.remedy)
    done = f"run {', '.join(found.jobs)} on a throwaway {found.database} (PostgreSQL {found.version})"
    output = "\n".join(line for each in found.passes for line in each.output)
    status = ", ".join(f"{each.on} {each.status}" for each in found.passes)
    evidence = ports.masker.evidence(done, status, output, now, ports.clock.monotonic() - start)
    return known(REHEARSAL, STACK, found, [evidence], now)


def _claimed(stack: Stack, jobs: Iterable[Service]) -> tuple[Service | None, tuple[Service, ...]]:
    """The PostgreSQL that the jobs migrate, and those of them that use it."""
    using = [(job, database_of(stack, job)) for job in jobs if not job.network_mode]
    database = next((found for _, found in using if found), None)
    return database, tuple(job for job, found in using if database and found == database)


async def unclaimed(session: Session) -> tuple[str, ...]:
    """What to say of migrations in the stack's folder that no job runs; nothing where a job does, or there are none."""
    stack = session.stack
    claimed = any(database_of(stack, job) for job in stack.with_role(Role.JOB))
    if claimed or not any(is_postgres(stack, each) for each in stack.with_role(Role.DATABASE)):
        return ()
    found = await gather(Target(stack, session.settings, session.ports), [MIGRATION_TOOLS])
    reading = found.get(MIGRATION_TOOLS, STACK)
    tools = reading.value if isinstance(reading, Known) else ()
    return tuple(_unclaimed(tool) for tool in tools)


def _unclaimed(tool: MigrationTool) -> str:
    command = ", ".join(f'"{word}"' for word in tool.command) or "..."
    said = f"{tool.tool} has migrations in {tool.folder}, and no job runs them before the switch or in a rehearsal"
    return f"{said}. In flawless.toml: [migrations] service = (in whose image), command = [{command}]"


def _why_none(jobs: tuple[Service, ...]) -> str:
    if not jobs:
        return "no job runs in this deploy"
    return f"{', '.join(job.name for job in jobs)} uses no PostgreSQL of this stack"
