"""How far one deploy has come: what all its parts need to know of each other."""

from __future__ import annotations

from flawless.app import baseline as known_errors
from flawless.app.hooks import Hooks, facts_of
from flawless.app.journal import DeployJournal
from flawless.app.judge import Judged
from flawless.app.migrating import Migration
from flawless.app.preparing import Preparation, new_release
from flawless.app.reporting import Run
from flawless.app.session import Session
from flawless.app.source import Checkout
from flawless.app.verify import store_of
from flawless.app.watching import make_prober
from flawless.model.plan import Plan, Strategy
from flawless.model.release import Release, ReleaseState
from flawless.model.report import Cause, Decision
from flawless.ports.ledger import Ledger, ReleaseRow
from flawless.ports.prober import Prober

_CHANGES = frozenset({Strategy.CREATE, Strategy.START_FIRST, Strategy.STOP_FIRST})


class Course:
    """The state of one deploy. ``release`` is given when it was prepared by a deploy that was cut off."""

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
        self.session = session
        self.run = run
        self.judged = judged
        self.parent = parent
        self.ledger = ledger
        self.store = store_of(session)
        self.release = release or new_release(session, checkout, parent.id if parent else "")
        self.journal = DeployJournal(ledger, session.ports.clock, session.stack.name, self.release.id)
        self.preparation = Preparation(session, self.store, checkout, self.release)
        self.migration = Migration(session, self.preparation, parent)
        self.resumed = release is not None
        self.notes = notes
        self.step_notes: list[str] = []
        self.hooks = Hooks(session, self.journal.step, facts_of(self.release, self.release.parent, run.phase))
        self.plan: Plan | None = None
        self.prober: Prober | None = None
        self.baseline: known_errors.Baseline = {}
        self.cause: Cause | None = None
        self.decision: Decision | None = None
        self.soaked = 0.0
        self.promoted = False

    def record(self, state: ReleaseState) -> None:
        """Write down where the release is in its life."""
        images = {service.name: service.image_id for service in self.release.services}
        self.ledger.record_release(
            ReleaseRow(
                id=self.release.id,
                stack=self.release.stack,
                revision=self.release.revision,
                state=state,
                created=self.release.created,
                parent=self.release.parent,
                images=images,
            )
        )

    async def record_schema(self) -> None:
        """Keep with the engine whether the release moved the schema."""
        self.notes = (*self.notes, *await self.migration.record_schema(self.store))

    async def start_prober(self) -> None:
        """Begin to ask the site, once."""
        if self.prober is None:
            self.prober = await make_prober(self.session)
            if self.prober:
                self.prober.start()

    async def told(self, hook: str, **facts: str) -> None:
        """Run a hook that stops nothing."""
        self.notes = (*self.notes, *await self.hooks.after(hook, **facts))

    def switched(self) -> frozenset[str]:
        """Services whose containers are replaced or new."""
        services = self.plan.services if self.plan else ()
        return frozenset(each.service for each in services if each.strategy in _CHANGES)
