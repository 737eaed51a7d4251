"""What a switch touches besides what was asked for: networks, volumes, leftovers; and what of it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import structs

from flawless.deploy.collateral import proper_name
from flawless.deploy.plan import Options, Situation, Wanted, plan
from flawless.model.observed import ContainerState, HeldVolume, Made
from flawless.model.plan import Plan, StepKind, Strategy
from flawless.model.stack import Attachment, Mount, Network, Role, Stack, Volume
from flawless.testing import samples
from flawless.testing.samples import HERE

APP = Network("app", "sample_app", False, False, HERE, "new")
DATA = Volume("pgdata", "sample_pgdata", False, HERE, "new")
PG = Mount("volume", "pgdata", "/var/lib/postgresql/data", False, HERE)
HELD = HeldVolume("sample_pgdata", "/var/lib/postgresql/data", False)


def stack(**changes: Any) -> Stack:
    services = (
        samples.service("web", role=Role.BACKEND),
        samples.service("postgres", role=Role.DATABASE, networks=(Attachment("data"),), mounts=(PG,)),
    )
    return structs.replace(samples.stack(*services), networks=(APP,), volumes=(DATA,), **changes)


def runs(of: str, **changes: Any) -> ContainerState:
    held = (HELD,) if of == "postgres" else ()
    return structs.replace(samples.container(of), **{"volumes": held, **changes})


CONTAINERS: dict[str, tuple[ContainerState, ...]] = {"web": (runs("web"),), "postgres": (runs("postgres"),)}


def planned(
    of: Stack | None = None,
    *,
    containers: Mapping[str, tuple[ContainerState, ...]] | None = None,
    networks: tuple[Made, ...] = (),
    volumes: tuple[Made, ...] = (),
    options: Options | None = None,
    changed: tuple[str, ...] = (),
) -> Plan:
    of = of or stack()
    wanted = {each.name: Wanted(f"sha256:{each.name}", "hash") for each in of.services}
    wanted |= {name: Wanted("sha256:new", "other") for name in changed}
    now = Situation(dict(CONTAINERS if containers is None else containers), {}, networks, volumes)
    return plan(of, wanted, now, options or Options(closing=False), release="r2", parent="r1")


def strategies(found: Plan) -> dict[str, Strategy]:
    return {each.service: each.strategy for each in found.services}


def net(definition: str = "old", *members: tuple[str, str], key: str = "app", name: str = "sample_app") -> Made:
    return Made(key, name, definition, members)


def test_a_network_whose_definition_changed_takes_every_container_on_it_along() -> None:
    found = planned(networks=(net(),))
    assert strategies(found) == {"postgres": Strategy.UNTOUCHED, "web": Strategy.STOP_FIRST}
    assert [(step.kind, step.resource or step.service) for step in found.steps] == [
        (StepKind.RENEW, "network:app"),
        (StepKind.SWITCH, "web"),
    ]
    assert found.collateral == (
        "network sample_app is made anew, its definition changed: web stop and start again with it",
    )
    assert found.refusals == ()
    (web,) = [each for each in found.services if each.service == "web"]
    assert web.why == "network sample_app is made anew under it"
    assert web.gap_seconds > 0


def test_a_service_that_changes_anyway_says_both_reasons() -> None:
    (web,) = [each for each in planned(networks=(net(),), changed=("web",)).services if each.service == "web"]
    assert web.why.startswith("its image changed; ")
    assert web.why.endswith("network sample_app is made anew under it")


@pytest.mark.parametrize(
    ("made", "declared"),
    [
        (net("new"), APP),
        (net(""), APP),
        (net(), structs.replace(APP, definition="")),
        (net(), structs.replace(APP, external=True)),
        (net(name="other_app"), APP),
    ],
    ids=["same", "made-without-a-label", "not-known", "external", "another-name"],
)
def test_what_is_not_known_to_differ_is_left_alone(made: Made, declared: Network) -> None:
    found = planned(structs.replace(stack(), networks=(declared,)), networks=(made,))
    assert found.steps == ()
    assert found.refusals == ()


def test_a_database_on_a_network_that_is_made_anew_must_be_named() -> None:
    inside = structs.replace(APP, name="data", full_name="sample_data")
    of = structs.replace(stack(), networks=(inside,))
    made = net(key="data", name="sample_data")
    (refusal,) = planned(of, networks=(made,)).refusals
    assert "--recreate postgres" in refusal
    assert "network sample_data is made anew under it" in refusal
    assert planned(of, networks=(made,), options=Options(recreate=("postgres",))).refusals == ()


def test_a_stranger_on_a_network_that_is_made_anew_is_refused_and_our_own_is_not() -> None:
    ours, stranger = ("id-web", "sample-web-1"), ("id-x", "somebody")
    assert planned(networks=(net("old", ours),)).refusals == ()
    (refusal,) = planned(networks=(net("old", ours, stranger),)).refusals
    assert "somebody, none of its services" in refusal


def test_what_is_created_on_a_network_waits_until_that_is_made_anew() -> None:
    found = planned(networks=(net(),), containers={"postgres": CONTAINERS["postgres"]})
    renew, create = found.steps
    assert (create.strategy, create.after) == (Strategy.CREATE, (renew.id,))


VOLUME = Made("pgdata", "sample_pgdata", "old")


def test_a_volume_whose_definition_changed_is_refused_unless_it_is_named() -> None:
    found = planned(volumes=(VOLUME,), options=Options(recreate=("postgres",)))
    (refusal,) = found.refusals
    assert "volume sample_pgdata would be made anew" in refusal
    assert "--recreate volume:pgdata" in refusal
    named = planned(volumes=(VOLUME,), options=Options(recreate=("postgres", "volume:pgdata"), closing=True))
    assert named.refusals == ()
    assert named.steps[0].point_of_no_return
    assert "what is in it is lost" in named.collateral[0]


def test_its_name_is_no_leave_to_recreate_the_database_itself() -> None:
    options = Options(recreate=("volume:pgdata",))
    assert ["--recreate postgres" in each for each in planned(volumes=(VOLUME,), options=options).refusals] == [True]


def test_on_the_way_back_no_volume_is_made_anew() -> None:
    assert planned(volumes=(VOLUME,), options=Options(closing=False, recreate=("postgres",))).steps == ()


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ((), ""),
        ((HeldVolume("sample_files", "/files", False),), "; volume sample_files stays"),
        ((HeldVolume("0" * 64, "/data", True),), "; its anonymous volume at /data goes with them"),
    ],
)
def test_a_service_that_left_the_stack_says_what_becomes_of_its_volumes(
    held: tuple[HeldVolume, ...], said: str
) -> None:
    found = planned(containers={**CONTAINERS, "worker": (runs("worker", volumes=held),)})
    assert found.collateral == (f"service worker is no longer in the stack: its containers are removed{said}",)


def test_a_container_that_loses_sight_of_its_data_says_so() -> None:
    moved = structs.replace(DATA, name="fresh", full_name="sample_fresh")
    of = stack()
    postgres = structs.replace(of.services[1], mounts=(structs.replace(PG, source="fresh"),))
    of = structs.replace(of, services=(of.services[0], postgres), volumes=(moved,))
    found = planned(of, volumes=(VOLUME,), changed=("postgres",), options=Options(recreate=("postgres",)))
    assert found.collateral == (
        "postgres: volume sample_pgdata is not mounted any more; it stays, "
        "and the new container does not see what is in it",
        "volume sample_pgdata is no longer in the stack: it stays, with what is in it",
    )


def test_an_anonymous_volume_goes_with_the_container_that_is_replaced_and_only_then() -> None:
    held = {**CONTAINERS, "web": (runs("web", volumes=(HeldVolume("1" * 64, "/cache", True),)),)}
    assert planned(containers=held).collateral == ()
    assert planned(containers=held, changed=("web",)).collateral == (
        "web: its anonymous volume at /cache goes with the old container",
    )


def test_a_network_that_nobody_declares_stays_and_is_named() -> None:
    found = planned(networks=(net("new"), net("any", key="old", name="sample_old")))
    assert found.collateral == ("network sample_old is no longer in the stack: it stays, and nothing new is put on it",)


@pytest.mark.parametrize("state", ["created", "exited", "dead", "restarting"])
def test_what_is_left_over_beside_a_service_that_stays_is_tidied_away(state: str) -> None:
    left = runs("web", id="left", name="0123456789ab_sample-web-1", state=state)
    (step,) = planned(containers={**CONTAINERS, "web": (runs("web"), left)}).steps
    assert (step.id, step.kind) == ("tidy-web", StepKind.TIDY)
    assert "0123456789ab_sample-web-1" in step.why


def test_a_database_that_runs_under_a_passing_name_is_renamed_and_not_replaced() -> None:
    cut = {**CONTAINERS, "postgres": (runs("postgres", name="0123456789ab_sample-postgres-1"),)}
    found = planned(containers=cut)
    assert [step.id for step in found.steps] == ["tidy-postgres"]
    assert found.refusals == ()


def test_a_service_that_is_switched_needs_no_tidying_of_its_own() -> None:
    left = {**CONTAINERS, "web": (runs("web"), runs("web", id="left", state="exited"))}
    assert [step.id for step in planned(containers=left, changed=("web",)).steps] == ["switch-web"]


@pytest.mark.parametrize(
    ("name", "proper"),
    [("0123456789ab_shop-web-1", "shop-web-1"), ("shop-web-1", ""), ("0123_x", ""), ("web", "")],
)
def test_a_passing_name_is_told_from_its_own(name: str, proper: str) -> None:
    assert proper_name(name) == proper
