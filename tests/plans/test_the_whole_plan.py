"""Order, removals and refusals: what a plan is as a whole."""

from __future__ import annotations

from itertools import permutations

import pytest
from msgspec import structs

from flawless.deploy.frame import preparation
from flawless.deploy.lookups import Lookup
from flawless.deploy.plan import Options, Situation, Wanted, backed_up, ordered, plan
from flawless.model.observed import ContainerState
from flawless.model.plan import Door, Plan, Step, StepKind, Strategy
from flawless.model.stack import Dependency, Role, Rollout, Service, Stack
from flawless.testing import samples

HEALTHY = samples.stack()
CHANGED = {service.name: Wanted("sha256:new", "other") for service in HEALTHY.services}
SAME = {service.name: Wanted(f"sha256:{service.name}", "hash") for service in HEALTHY.services}
CLOSING = ["verify", "soak", "promote"]


def part(name: str, role: Role = Role.OTHER, *needs: str) -> Service:
    return samples.service(name, role=role, depends_on=tuple(Dependency(need, "service_started") for need in needs))


def names(stack: Stack) -> list[str]:
    return [service.name for service in ordered(stack)]


def running(*more: str) -> dict[str, tuple[ContainerState, ...]]:
    serving = [service.name for service in HEALTHY.services if service.role is not Role.JOB]
    return {name: (samples.container(name),) for name in (*serving, *more)}


def planned(wanted: dict[str, Wanted], *more: str, options: Options | None = None, containers: bool = True) -> Plan:
    now = Situation(running(*more) if containers else {}, {})
    return plan(HEALTHY, wanted, now, options or Options(), release="r2", parent="r1")


def test_data_comes_first_then_jobs_and_the_proxy_last() -> None:
    assert names(HEALTHY) == ["postgres", "redis", "migrate", "frontend", "backend", "nginx"]


@pytest.mark.parametrize("services", list(permutations(HEALTHY.services, 6))[::60])
def test_the_order_in_the_file_moves_no_role(services: tuple[Service, ...]) -> None:
    found = names(samples.stack(*services))
    assert set(found[:2]) == {"postgres", "redis"}
    assert (found[2], found[-1]) == ("migrate", "nginx")


@pytest.mark.parametrize(
    ("services", "order"),
    [
        ([part("c", Role.OTHER, "b"), part("b", Role.OTHER, "a"), part("a")], ["a", "b", "c"]),
        ([part("app", Role.BACKEND), part("db", Role.DATABASE, "app")], ["app", "db"]),
        ([part("web", Role.BACKEND, "edge"), part("edge", Role.PROXY)], ["edge", "web"]),
        (
            [part("job", Role.JOB, "api"), part("api", Role.BACKEND, "db"), part("db", Role.DATABASE)],
            ["db", "api", "job"],
        ),
        ([part("b", Role.OTHER, "elsewhere"), part("a")], ["b", "a"]),
        ([part("a", Role.OTHER, "a"), part("db", Role.DATABASE)], ["db", "a"]),
    ],
    ids=["chain", "even-before-data", "even-after-the-proxy", "job-waits", "unknown-dependency", "itself"],
)
def test_a_dependant_comes_after_what_it_depends_on(services: list[Service], order: list[str]) -> None:
    assert names(samples.stack(*services)) == order


def test_a_cycle_does_not_hang_and_loses_nothing() -> None:
    ring = [
        part("a", Role.OTHER, "b"),
        part("b", Role.OTHER, "c"),
        part("c", Role.OTHER, "a"),
        part("after", Role.OTHER, "a"),
    ]
    assert sorted(names(samples.stack(*ring))) == ["a", "after", "b", "c"]


def test_a_first_deploy_creates_everything_in_order_and_closes() -> None:
    found = planned(CHANGED, containers=False)
    assert [step.id for step in found.steps] == [
        "switch-postgres", "switch-redis", "migrate-migrate", "switch-frontend", "switch-backend", "switch-nginx",
        *CLOSING,
    ]  # fmt: skip
    assert found.refusals == ()
    assert (found.stack, found.release, found.parent) == ("sample", "r2", "r1")


def test_when_nothing_changed_only_the_job_runs_and_the_release_is_proved_all_the_same() -> None:
    found = planned(SAME)
    assert [step.id for step in found.steps] == ["migrate-migrate", *CLOSING]
    assert len(found.services) == 6


def test_a_database_that_only_now_starts_is_backed_up_before_the_first_job() -> None:
    steps = [step.id for step in backed_up(planned(CHANGED, containers=False)).steps]
    assert steps[:4] == ["switch-postgres", "switch-redis", "backup-before-migration", "migrate-migrate"]


def test_on_the_way_back_nothing_is_verified_or_run_again() -> None:
    assert planned(SAME, options=Options(closing=False, migrate=False)).steps == ()


def test_each_step_says_why_how_it_is_proved_and_undone() -> None:
    steps = (*preparation(), *planned(CHANGED, "old", options=Options(recreate=("postgres", "redis"))).steps)
    assert [step.id for step in steps if not (step.why and step.proof and step.undo)] == []
    assert len({step.id for step in steps}) == len(steps)


def test_a_step_carries_its_service_strategy_and_gap() -> None:
    (nginx,) = [step for step in planned(CHANGED).steps if step.service == "nginx"]
    assert (nginx.kind, nginx.strategy, nginx.gap_seconds) == (StepKind.SWITCH, Strategy.STOP_FIRST, 4.0)


def test_a_service_that_left_the_stack_is_removed_after_the_switch_and_named_as_collateral() -> None:
    found = planned(SAME, "worker")
    removal = found.steps[1]
    assert (removal.id, removal.kind, removal.service) == ("remove-worker", StepKind.REMOVE, "worker")
    assert found.collateral == ("service worker is no longer in the stack: its containers are removed",)


@pytest.mark.parametrize(
    ("recreate", "refused"),
    [((), ["postgres", "redis"]), (("postgres",), ["redis"]), (("postgres", "redis"), [])],
)
def test_a_data_service_is_replaced_only_when_it_is_named(recreate: tuple[str, ...], refused: list[str]) -> None:
    refusals = planned(CHANGED, options=Options(recreate=recreate)).refusals
    assert [text.partition(" ")[0] for text in refusals] == refused
    assert all(
        f"--recreate {name}" in text and "its image changed" in text
        for name, text in zip(refused, refusals, strict=True)
    )


def test_force_does_not_reach_data_services() -> None:
    assert len(planned(SAME, options=Options(force=True)).refusals) == 2


def test_preparation_builds_looks_and_records_before_it_rehearses_on_a_backup() -> None:
    kinds = [StepKind.BUILD, StepKind.INSPECT, StepKind.SNAPSHOT, StepKind.BACKUP, StepKind.REHEARSE]
    assert [step.kind for step in preparation()] == kinds


def test_what_stops_nothing_waits_for_jobs_and_dependencies_and_all_else_for_everything_before_it() -> None:
    stack = samples.stack(
        part("db", Role.DATABASE), part("api", Role.BACKEND, "db"), part("web"), part("job", Role.JOB)
    )
    wanted = {service.name: Wanted("sha256:new", "other") for service in stack.services}
    first = plan(stack, wanted, Situation({}, {}), Options(closing=False), release="r", parent="")
    assert {step.id: step.after for step in first.steps} == {
        "switch-db": (),
        "migrate-job": None,
        "switch-api": ("switch-db", "migrate-job"),
        "switch-web": ("migrate-job",),
    }


def afters(stack: Stack, lookups: tuple[Lookup, ...] = ()) -> dict[str, tuple[str, ...] | None]:
    """What each step waits for where every service runs and all but the database change."""
    wanted = {service.name: Wanted("sha256:new", "other") for service in stack.services if service.name != "db"}
    now: dict[str, tuple[ContainerState, ...]] = {one.name: (samples.container(one.name),) for one in stack.services}
    wanted["db"] = Wanted(now["db"][0].image_id, now["db"][0].config_hash)
    found = plan(stack, wanted, Situation(now, {}, lookups=lookups), Options(closing=False), release="r", parent="")
    return {step.service: step.after for step in found.steps}


def test_services_that_do_not_depend_on_each_other_are_switched_side_by_side() -> None:
    stack = samples.stack(
        part("db", Role.DATABASE), part("api", Role.BACKEND, "db"), part("web"), part("ssr", Role.FRONTEND, "api")
    )
    assert afters(stack) == {"api": (), "web": (), "ssr": ("switch-api",)}
    asking = Lookup("nginx", "web", None, Door("sample_app", "web", 8081))
    assert afters(stack, (asking,))["web"] is None


def test_only_the_named_service_moves_and_who_depends_on_it_is_said() -> None:
    found = planned(CHANGED, "worker", options=Options(only=("backend",)))
    assert [step.id for step in found.steps] == ["switch-backend", *CLOSING]
    assert {each.why for each in found.services if each.strategy is Strategy.UNTOUCHED} == {"--only backend"}
    assert found.refusals == ()
    (said,) = planned(SAME, options=Options(only=("migrate",))).collateral
    assert said == "backend depends on migrate and is not touched"


def test_a_database_that_is_named_with_only_must_still_be_named_with_recreate() -> None:
    (refusal,) = planned(CHANGED, options=Options(only=("postgres",))).refusals
    assert "--recreate postgres" in refusal


def test_what_runs_without_a_release_is_said_not_to_come_back() -> None:
    now = Situation(running(), {})
    found = plan(HEALTHY, SAME, now, Options(), release="r1", parent="")
    assert found.collateral[0].startswith("no release is recorded: if this one fails, nginx, ")
    assert planned(SAME, containers=False).collateral == ()


def test_a_step_carries_how_compose_wants_it_done_and_who_must_hear_of_it() -> None:
    update, rollback = Rollout(parallelism=1, delay=2.0), Rollout(parallelism=2)
    stack = samples.stack(structs.replace(part("web", Role.BACKEND), update=update, rollback=rollback))
    door = Door("sample_app", "web", 8081)
    now = Situation({"web": (samples.container("web"),)}, {}, lookups=(Lookup("nginx", "web", None, door),))

    def step(options: Options) -> Step:
        made = plan(stack, {"web": Wanted("sha256:new", "")}, now, options, release="r", parent="")
        return made.steps[0]

    forward, back = step(Options()), step(Options(closing=False))
    assert (forward.rollout, back.rollout) == (update, rollback)
    assert (forward.reload, forward.doors, forward.replaces) == (("nginx",), (door,), ())
    assert step(Options(force=True)).replaces == (samples.container("web").id,)
