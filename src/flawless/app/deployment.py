"""One deployment from its first step to its report, also when it fails half-way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from msgspec import structs

from flawless.app import baseline as known_errors
from flawless.app.gather import gather
from flawless.app.hooks import Hooks, facts_of
from flawless.app.journal import DeployJournal, What, end_interrupted
from flawless.app.judge import Expected, Judged, judge
from flawless.app.migrating import Migration
from flawless.app.options import DeployOptions, confirmed
from flawless.app.partial import merged
from flawless.app.preparing import Preparation, new_release, verdict_cause
from flawless.app.reporting import Run, decide, keep, make_report
from flawless.app.returning import bring_back, by_hand, take_away
from flawless.app.session import Session
from flawless.app.sites import make_site, running, stack_of, write_model
from flawless.app.soak import watch
from flawless.app.source import Checkout
from flawless.app.verify import look, store_of
from flawless.app.watching import make_prober, measured
from flawless.deploy.failure import StepFailedError
from flawless.deploy.plan import Situation, plan, preparation
from flawless.deploy.runner import walk
from flawless.deploy.site import Outcome, Site, observe
from flawless.errors import FlawlessError, UsageError
from flawless.model.check import Level
from flawless.model.keys import LOGS
from flawless.model.plan import Plan, StepKind, StepState, Strategy
from flawless.model.release import Release, ReleaseState
from flawless.model.report import Cause, Decision, ReleaseRef, Report
from flawless.ports.bundle import Target
from flawless.ports.ledger import Ledger, ReleaseRow
from flawless.ports.prober import Prober
from flawless.soak.verdict import verdict_of

BACK = 4
NOT_BACK = 5
_SETTLE = 2.0
_CHANGES = frozenset({Strategy.CREATE, Strategy.START_FIRST, Strategy.STOP_FIRST})
_NOBODY = Situation({}, {})


class Deployment:
    """The state of one deploy. ``carry_out`` does not raise for a failed step: the report says it.

    With a ``release`` that was prepared already it begins with the switch.
    """

    def __init__(
        self,
        session: Session,
        checkout: Checkout,
        run: Run,
        judged: Judged,
        *,
        parent: Release | None,
        ledger: Ledger,
        release: Release | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self._session = session
        self._run = run
        self._judged = judged
        self._parent = parent
        self._ledger = ledger
        self._store = store_of(session)
        self._release = release or new_release(session, checkout, parent.id if parent else "")
        self._journal = DeployJournal(ledger, session.ports.clock, session.stack.name, self._release.id)
        self._preparation = Preparation(session, self._store, checkout, self._release)
        self._migration = Migration(session, self._preparation, parent)
        self._resumed = release is not None
        self._notes = notes
        self._step_notes: list[str] = []
        self._hooks = Hooks(session, self._journal.step, facts_of(self._release, self._release.parent, run.phase))
        self._plan: Plan | None = None
        self._prober: Prober | None = None
        self._baseline: known_errors.Baseline = {}
        self._cause: Cause | None = None
        self._decision: Decision | None = None
        self._switched_at = 0.0
        self._soaked = 0.0
        self._promoted = False

    @classmethod
    async def begin(
        cls, session: Session, checkout: Checkout, run: Run, judged: Judged, notes: tuple[str, ...]
    ) -> Deployment:
        """Open history, find the release to return to, and write the first record."""
        store = store_of(session)
        good = await store.good()
        parent = await store.load(good.id) if good and store.opens(good) else None
        if good and parent is None:
            notes = (*notes, f"release {good.id} cannot be returned to: the key that seals it is not in this checkout")
        work = cls(session, checkout, run, judged, parent=parent, ledger=session.ledger())
        work._notes = (*notes, *work._history(good.id if good else ""))
        for note in work._notes:
            session.progress(note)
        await store.give_up_unfinished()
        work._record(ReleaseState.BUILDING)
        return work

    def _history(self, good: str) -> tuple[str, ...]:
        """Close what was cut off; ``good`` is the newest good release, good even if its own end was cut off."""
        notes = []
        stack, clock = self._session.stack.name, self._session.ports.clock
        if interrupted := end_interrupted(self._ledger, clock, stack, self._release.id, good=good):
            notes.append(f"deploy {interrupted} was interrupted; this one starts from what really runs")
        if self._parent is None:
            notes.append("there is no release to return to if this one fails")
        return tuple(notes)

    async def carry_out(self, options: DeployOptions) -> None:
        """All steps; at the first that fails, the way back."""
        self._journal.begin(What(options.recreate, options.only))
        site: Site | None = None
        before = _NOBODY
        try:
            if await observe(self._session.stack, self._session.ports):
                await self._start_prober()  # early, so that there is a quiet time to compare the switch with
            site = await self._prepare(options)
            before = await running(self._session, site.stack)
            site = structs.replace(site, actions=self._actions(options.soak), notes=self._step_notes)
            self._plan = self._migration.planned(self._planned(site, before, options))
            await confirmed(self._plan, options.confirm)
            await self._hooks.before("pre_switch", services=",".join(sorted(self._switched())))
            await self._listen(before)
            self._record(ReleaseState.SWITCHING)
            await walk(site, self._plan.steps, self._journal.step)
            await self._told("post_promote")
            self._journal.end("good")
        except FlawlessError as error:
            cause = error.cause if isinstance(error, StepFailedError) else Cause(error.what, (), error.remedy)
            paused = isinstance(error, StepFailedError) and error.paused
            await (self._pause(cause) if paused else self._fail(cause, site, before))
        except Exception as bug:
            # Whatever it is, what serves comes first; the error door tells of the bug itself.
            await self._fail(Cause(f"flawless itself failed: {type(bug).__name__}", (), ""), site, before)
            raise
        except BaseException:
            where = self._journal.last() or "between two steps"
            then = "flawless resume finishes it, flawless recover undoes it, a new deploy starts from what runs"
            self._session.progress(f"interrupted in {where}: {then}")
            raise

    async def close(self) -> None:
        """Stop the prober and close the history."""
        if self._prober:
            await self._prober.stop()
        self._ledger.close()

    async def _prepare(self, options: DeployOptions) -> Site:
        """Build, inspect and record; nothing that serves is touched."""
        session = self._session
        if self._release.services:  # it was prepared before it was interrupted
            return make_site(session, self._release, write_model(session, self._release))
        self._preparation.no_cache, self._migration.planning = options.no_cache, options.planning()
        self._preparation.only, self._preparation.parent = options.only, self._parent
        site = Site(
            ports=session.ports,
            stack=session.stack,
            settings=session.settings,
            release=self._release,
            wanted={},
            model=session.folder,
            folder=session.folder,
            compose=session.compose,
            progress=session.progress,
            actions={**self._preparation.actions(), **self._migration.actions()},
        )
        await self._hooks.before("pre_build")
        try:
            await walk(site, preparation(), self._journal.step)
        finally:
            self._release = self._preparation.release
            self._judged = self._judged.deeper(self._preparation.judged).deeper(self._migration.judged)
            self._notes = (*self._notes, *self._preparation.notes, *self._migration.notes)
        if options.only and self._parent:
            stack = merged(session.stack, stack_of(self._parent), options.only)
            self._session = session = structs.replace(session, stack=stack)
        return make_site(session, self._release, write_model(session, self._release))

    def _planned(self, site: Site, before: Situation, options: DeployOptions) -> Plan:
        """The plan, printed before anything is touched; a refusal ends the deploy here."""
        made = plan(
            site.stack,
            site.wanted,
            before,
            options.planning(),
            release=self._release.id,
            parent=self._release.parent,
        )
        for each in made.services:
            self._session.progress(f"plan: {each.service} {each.strategy.value}: {each.why}")
        for line in made.collateral:
            self._session.progress(f"plan: {line}")
        if made.refusals:
            raise UsageError("; ".join(made.refusals))
        return made

    async def _listen(self, before: Situation) -> None:
        """Start to measure: the prober where something serves already, and the errors that are no news."""
        session = self._session
        if before.containers:
            logs = await gather(Target(session.stack, session.settings, session.ports), [LOGS])
            recorded = known_errors.load(session.folder, session.ports.files)
            self._baseline = known_errors.joined(recorded, known_errors.templates(logs))
            await self._start_prober()
        else:
            self._notes = (*self._notes, "nothing ran before: the traffic was measured after the switch only")

    async def _start_prober(self) -> None:
        if self._prober is None:
            self._prober = await make_prober(self._session)
            if self._prober:
                self._prober.start()

    def _actions(self, soak: float | None) -> dict[StepKind, Callable[[], Awaitable[Outcome]]]:
        windows = self._session.settings.soak
        seconds = max(windows.restarts, windows.logs) if soak is None else soak
        return {
            StepKind.BACKUP: self._migration.back_up_late,
            StepKind.VERIFY: self._verify,
            StepKind.SOAK: lambda: self._soak(seconds),
            StepKind.PROMOTE: self._promote,
        }

    async def _verify(self) -> Outcome:
        """All live checks; what is not yet right is looked at once more after two seconds, and that is said."""
        await self._start_prober()
        await self._told("post_switch", services=",".join(sorted(self._switched())))
        again = ""
        judged = await self._look()
        if not decide(self._session, judged).go:
            await self._session.ports.clock.sleep(_SETTLE)
            again = "at the second look "
            judged = await self._look()
        self._judged = self._judged.deeper(judged)
        decision = decide(self._session, judged)
        if not decision.go:
            raise StepFailedError(verdict_cause(judged, decision.forced_by, decision.reason))
        return Outcome(True, f"{again}{len(judged.verdicts)} live checks: {decision.reason}")

    async def _told(self, hook: str, **facts: str) -> None:
        """Run a hook that stops nothing."""
        self._notes = (*self._notes, *await self._hooks.after(hook, **facts))

    async def _look(self) -> Judged:
        """What live checks say; a proxy's complaints about the switch itself are older than the look."""
        session = self._session
        self._switched_at = session.ports.clock.now()
        target = Target(session.stack, session.settings, session.ports)
        whole = await gather(target, [LOGS])
        fresh = await gather(structs.replace(target, since=self._switched_at), [LOGS])
        logs = known_errors.news(known_errors.chosen(fresh, whole, self._switched()), self._baseline)
        expected = Expected(self._release.revision, self._release.id, self._switched_at)
        return await look(session, expected, logs)

    def _switched(self) -> frozenset[str]:
        services = self._plan.services if self._plan else ()
        return frozenset(each.service for each in services if each.strategy in _CHANGES)

    async def _soak(self, seconds: float) -> Outcome:
        """Watch the release; a blocking fault of the window ends it."""
        self._record(ReleaseState.SOAKING)
        start = self._session.ports.clock.monotonic()
        facts = await watch(self._session, seconds, self._prober, self._baseline)
        self._soaked = self._session.ports.clock.monotonic() - start
        judged = await judge(self._session, [Level.SOAK], extra=facts, window=seconds)
        self._judged = self._judged.deeper(judged)
        decision = decide(self._session, judged)
        told = f"the soak of {self._soaked:.0f} s was {verdict_of(decision)}: {decision.reason}"
        if judged.verdicts and not decision.go:
            raise StepFailedError(verdict_cause(judged, decision.forced_by, told))
        return Outcome(True, told)

    async def _promote(self) -> Outcome:
        """From now on this is the release to return to; older ones are pruned by release."""
        session = self._session
        await self._store.mark(self._release.id, ReleaseState.GOOD)
        self._promoted = True
        try:
            self._record(ReleaseState.GOOD)
            await self._record_schema()
            logs = await gather(Target(session.stack, session.settings, session.ports), [LOGS])
            known_errors.save(session.folder, session.ports.files, logs)
            gone = await self._store.prune(session.settings.deploy.keep_releases)
            await self._sweep()
            self._migration.keep_newest()
        except FlawlessError as error:
            # It serves and it held: what fails from here on must not take it away again.
            self._notes = (*self._notes, f"promoted, but not tidied up: {error.what}")
            gone = ()
        pruned = f"; pruned {', '.join(gone)}" if gone else ""
        return Outcome(True, f"release {self._release.id} is good{pruned}")

    async def _record_schema(self) -> None:
        self._notes = (*self._notes, *await self._migration.record_schema(self._store))

    async def _sweep(self) -> None:
        """Remove the folders of releases that are no longer kept: they hold the environment in clear."""
        kept = {release.id for release in await self._store.kept()}
        folders = self._session.folder / "releases"
        for folder in [path for path in folders.iterdir() if path.name not in kept]:
            self._session.ports.files.remove(folder)

    async def _fail(self, cause: Cause, site: Site | None, before: Situation) -> None:
        """Bring the last good release back, or take away what a first deploy made; then say how that went.

        A release that is good already stays: it serves and it held, whatever fails after that.
        """
        session = self._session
        if self._promoted:
            self._notes = (*self._notes, f"promoted, but the end of it is not recorded: {cause.message}")
            return
        session.progress(f"failed: {cause.message}")
        self._cause = cause
        problem = ""
        serving = "what ran before was not touched"
        if site is not None and (self._plan is not None or self._resumed):
            problem, serving = await self._undo(site, before)
            await self._record_schema()
            await self._told("on_rollback", reason=cause.message, problem=problem)
        with suppress(UsageError):  # a ledger that cannot be written must not hide how the deploy ended
            self._record(ReleaseState.BAD)
            if not problem:
                self._journal.end("back")
        if problem:
            remedy = f"run: {by_hand(session, self._parent)}"
            self._notes = (*self._notes, f"the way back failed: {problem}", remedy)
            self._decision = Decision(False, NOT_BACK, f"{cause.message}; the restore failed too: {problem}. {remedy}")
            return
        self._decision = Decision(False, BACK, f"{cause.message}; {serving}")

    async def _pause(self, cause: Cause) -> None:
        """Leave everything as it is, because ``failure_action: pause`` says so; it is no good release."""
        self._session.progress(f"paused: {cause.message}")
        self._cause = cause
        self._decision = Decision(False, BACK, f"{cause.message}. {cause.remedy}")
        with suppress(UsageError):
            self._record(ReleaseState.BAD)
            self._journal.end("paused")

    async def _undo(self, site: Site, before: Situation) -> tuple[str, str]:
        if self._parent:
            problem = await bring_back(self._session, self._parent, self._journal.undo)
            return problem, f"release {self._parent.id} serves again"
        if self._resumed:
            return "no release was recorded before this one, and part of it runs", ""
        problem = await take_away(self._session, site, before, self._journal.undo)
        if lost := self._replaced(before):
            problem = problem or f"no release was recorded before this one, and {lost} had been replaced already"
        return problem, "there was no release to return to; the containers this deploy made were removed"

    def _replaced(self, before: Situation) -> str:
        """Services that ran before and were switched by steps that are proved; "" for none."""
        proved = {record.id for record in self._journal.records if record.state is StepState.PROVED}
        steps = self._plan.steps if self._plan else ()
        stopped = [step.service for step in steps if step.strategy is Strategy.STOP_FIRST and self._began(step.id)]
        switched = [step.service for step in steps if step.kind is StepKind.SWITCH and step.id in proved]
        return ", ".join(dict.fromkeys(name for name in [*switched, *stopped] if name in before.containers))

    def _began(self, step: str) -> bool:
        return any(record.id == step for record in self._journal.records)

    def _record(self, state: ReleaseState) -> None:
        images = {service.name: service.image_id for service in self._release.services}
        self._ledger.record_release(
            ReleaseRow(
                id=self._release.id,
                stack=self._release.stack,
                revision=self._release.revision,
                state=state,
                created=self._release.created,
                parent=self._release.parent,
                images=images,
            )
        )

    async def report(self) -> Report:
        """The report, recorded; a failed release is marked with the engine too."""
        good = self._decision is None
        if not good and self._release.services:
            with suppress(FlawlessError):  # unmarked it is no good one either, and the report must come out
                await self._store.mark(self._release.id, ReleaseState.BAD)
        report = make_report(
            self._session,
            self._run,
            self._judged,
            revision=self._release.revision,
            decision=self._decision,
            window=self._soaked,
            done=self._done(),
            notes=(*self._notes, *self._step_notes),
        )
        parent = self._release.parent
        state = ReleaseState.GOOD if good else ReleaseState.BAD
        report = structs.replace(
            report,
            release=ReleaseRef(
                self._release.id,
                state.value,
                parent,
                self._release.id if good else parent,
                self._migration.schema_moved,
            ),
            services=self._plan.services if self._plan else (),
            steps=self._journal.records,
            traffic=measured(self._prober, self._journal.records),
            cause=self._cause,
        )
        return keep(self._session, report, self._judged)

    def _done(self) -> dict[str, tuple[bool, str]]:
        """What this run itself did of the checklist's actions, as measured."""
        proved = {record.kind: record.message for record in self._journal.records if record.state == "proved"}
        done = {}
        if message := proved.get(StepKind.BUILD):
            done["D2.1"] = (True, message)
        if message := proved.get(StepKind.PROMOTE):
            done["D1.3"] = (True, message)
        return done
