"""Walking a plan: each step recorded before and after, none taken behind one that failed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from flawless.deploy.failure import StepFailedError
from flawless.deploy.runner import handlers, walk
from flawless.deploy.site import Outcome, Site
from flawless.errors import EngineError
from flawless.model.plan import Step, StepKind, StepRecord, StepState
from flawless.model.release import Release
from flawless.model.report import Cause
from flawless.model.settings import Settings
from flawless.testing import samples
from flawless.testing.fakes import FrozenClock, MemoryEngine, fake_ports, inspected

RELEASE = Release(
    id="r2", stack="sample", revision="abc", created=1.0, stack_digest="", env_digest="", services=(), config="{}"
)
Action = Callable[[], Awaitable[Outcome]]
CHANGING = set(StepKind) - {
    StepKind.SNAPSHOT, StepKind.BUILD, StepKind.INSPECT, StepKind.START, StepKind.VERIFY, StepKind.SOAK,
    StepKind.PROMOTE, StepKind.HOOK, StepKind.BACKUP, StepKind.REHEARSE, StepKind.SAVE, StepKind.RESTORE,
}  # fmt: skip


def step(kind: StepKind, *, after: tuple[str, ...] | None = None, service: str = "") -> Step:
    return Step(id=kind.value, kind=kind, why=f"why {kind.value}", proof="p", undo="u", after=after, service=service)


class Walk:
    """A walk over steps whose actions are given; what was recorded and told."""

    def __init__(self, actions: dict[StepKind, Action], engine: MemoryEngine | None = None) -> None:
        self.records: list[StepRecord] = []
        self.told: list[str] = []
        self.clock = FrozenClock()
        self._site = Site(
            ports=fake_ports(clock=self.clock, engine=engine),
            stack=samples.stack(),
            settings=Settings(),
            release=RELEASE,
            wanted={},
            model=Path("/sample/compose.json"),
            folder=Path("/sample/.flawless"),
            compose=("compose",),
            progress=self.told.append,
            actions=actions,
        )

    async def over(self, *steps: Step) -> None:
        await walk(self._site, steps, self.records.append)

    @property
    def states(self) -> list[tuple[str, str]]:
        return [(record.id, record.state.value) for record in self.records]


def answers(outcome: Outcome) -> Action:
    async def action() -> Outcome:
        return outcome

    return action


def raises(error: Exception) -> Action:
    async def action() -> Outcome:
        raise error

    return action


HOLDS = answers(Outcome(True, "it holds", evidence=("seen",)))


def test_every_kind_of_step_that_changes_what_runs_has_a_handler() -> None:
    assert set(handlers()) == CHANGING


async def test_each_step_is_recorded_before_and_after_in_order() -> None:
    made = Walk({StepKind.BUILD: HOLDS, StepKind.INSPECT: HOLDS})
    await made.over(step(StepKind.BUILD), step(StepKind.INSPECT))
    assert made.states == [("build", "started"), ("build", "proved"), ("inspect", "started"), ("inspect", "proved")]
    assert made.told == ["[1/2] build: why build", "[2/2] inspect: why inspect"]


async def test_a_proof_is_recorded_with_what_was_measured_and_how_long_it_took() -> None:
    async def slow() -> Outcome:
        await made.clock.sleep(2.5)
        return Outcome(True, "it holds", evidence=("seen",))

    made = Walk({StepKind.BUILD: slow})
    began = made.clock.now()
    await made.over(step(StepKind.BUILD))
    assert made.records == [
        StepRecord("build", StepKind.BUILD, "why build", StepState.STARTED, 0.0, began=began),
        StepRecord("build", StepKind.BUILD, "why build", StepState.PROVED, 2.5, "it holds", ("seen",), began),
    ]


async def test_the_record_is_written_before_the_step_is_taken() -> None:
    async def look() -> Outcome:
        return Outcome(made.states == [("build", "started")], "recorded first")

    made = Walk({StepKind.BUILD: look})
    await made.over(step(StepKind.BUILD))


CAUSE = Cause("backend ended with status 1", ("backend | no module",), "mend it")


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        (raises(StepFailedError(CAUSE)), CAUSE),
        (answers(Outcome(False, "not so", evidence=("seen",))), Cause("not so", ("seen",), "see step build")),
        (
            raises(EngineError("it hangs", where="GET /x", remedy="look")),
            Cause("it hangs (GET /x)\n  do: look", (), "look"),
        ),
    ],
    ids=["failed-with-a-cause", "not-proved", "engine-error"],
)
async def test_a_step_that_fails_raises_its_cause_and_none_behind_it_is_taken(action: Action, cause: Cause) -> None:
    made = Walk({StepKind.BUILD: action, StepKind.INSPECT: HOLDS})
    with pytest.raises(StepFailedError) as caught:
        await made.over(step(StepKind.BUILD), step(StepKind.INSPECT))
    assert caught.value.cause == cause
    assert made.states == [("build", "started"), ("build", "failed")]
    assert made.records[-1].evidence == cause.evidence


async def test_a_bug_in_a_step_is_not_taken_for_a_failed_step() -> None:
    with pytest.raises(ZeroDivisionError):
        await Walk({StepKind.BUILD: raises(ZeroDivisionError())}).over(step(StepKind.BUILD))


async def test_a_record_that_cannot_be_written_keeps_the_step_from_being_taken() -> None:
    taken: list[str] = []

    async def act() -> Outcome:
        taken.append("build")
        return Outcome(True, "")

    def full(record: StepRecord) -> None:
        raise OSError("no space")

    made = Walk({StepKind.BUILD: act})
    with pytest.raises(OSError, match="no space"):
        await walk(made._site, [step(StepKind.BUILD)], full)
    assert taken == []


async def test_steps_that_wait_for_nothing_go_together_and_the_next_waits_for_all() -> None:
    both = asyncio.Barrier(2)

    async def together() -> Outcome:
        async with asyncio.timeout(5):
            await both.wait()
        return Outcome(True, "")

    made = Walk({StepKind.BUILD: together, StepKind.INSPECT: together, StepKind.SOAK: HOLDS})
    await made.over(step(StepKind.BUILD, after=()), step(StepKind.INSPECT, after=()), step(StepKind.SOAK))
    assert made.states[-2:] == [("soak", "started"), ("soak", "proved")]
    assert set(made.states[:2]) == {("build", "started"), ("inspect", "started")}


async def test_when_one_fails_what_is_under_way_is_waited_for_and_nothing_more_begins() -> None:
    failed = asyncio.Event()

    async def fails() -> Outcome:
        failed.set()
        return Outcome(False, "not so")

    async def outlasts() -> Outcome:
        await failed.wait()
        await asyncio.sleep(0)
        return Outcome(True, "done all the same")

    made = Walk({StepKind.BUILD: fails, StepKind.INSPECT: outlasts, StepKind.SOAK: HOLDS})
    with pytest.raises(StepFailedError, match="not so"):
        await made.over(
            step(StepKind.BUILD, after=()), step(StepKind.INSPECT, after=()), step(StepKind.SOAK, after=("inspect",))
        )
    assert made.states[-1] == ("inspect", "proved")
    assert "soak" not in dict(made.states)


async def test_a_step_may_wait_for_one_that_is_not_in_the_walk() -> None:
    made = Walk({StepKind.BUILD: HOLDS})
    await made.over(step(StepKind.BUILD, after=("taken-long-ago",)))
    assert made.states[-1] == ("build", "proved")


async def test_when_the_walk_is_cut_off_what_is_under_way_is_cut_off_too() -> None:
    began, cut = asyncio.Event(), asyncio.Event()

    async def endless() -> Outcome:
        began.set()
        try:
            return await asyncio.Future()
        finally:
            cut.set()

    walking = asyncio.create_task(Walk({StepKind.BUILD: endless}).over(step(StepKind.BUILD)))
    await began.wait()
    walking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walking
    assert cut.is_set()


async def test_what_is_already_so_is_proved_without_doing_it_again() -> None:
    engine = MemoryEngine([inspected("backend")])
    made = Walk({}, engine)
    await made.over(step(StepKind.REMOVE, service="worker"))
    assert made.records[-1].message == "0 containers of worker are left"
    assert len(engine.held) == 1


async def test_a_removal_takes_that_service_s_containers_only() -> None:
    engine = MemoryEngine([inspected("worker"), inspected("worker", number=2), inspected("backend")])
    made = Walk({}, engine)
    await made.over(step(StepKind.REMOVE, service="worker"))
    assert list(engine.held) == ["id-sample-backend-1"]
    assert made.states == [("remove", "started"), ("remove", "proved")]
