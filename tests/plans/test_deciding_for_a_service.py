"""How each service changes hands, and why: one table a strategy."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.deploy.lookups import Lookup
from flawless.deploy.plan import Options, Situation, Wanted, decide, handed_names, told, why_stop_first
from flawless.model.observed import ContainerState
from flawless.model.plan import ServicePlan, Strategy
from flawless.model.stack import Attachment, Build, Health, Mount, Port, Role, Rollout, Service
from flawless.testing import samples
from flawless.testing.samples import HERE

PORT = Port(80, "8080", "127.0.0.1", "tcp", HERE)
WRITABLE = Mount("volume", "uploads", "/uploads", False, HERE)
READ_ONLY = Mount("volume", "assets", "/assets", True, HERE)
BOUND = Mount("bind", "/sample/app.conf", "/app.conf", False, HERE)
BUILD = Build("/sample", "/sample/Dockerfile", "", (), HERE)
SAME = Wanted("sha256:web", "hash", "files", "plain")
NEW_IMAGE = structs.replace(SAME, image_id="sha256:new")
NEW_CONFIG = structs.replace(SAME, config_hash="other")
NEW_FILES = structs.replace(SAME, files_digest="moved")


def web(**changes: Any) -> Service:
    return samples.service("web", **{"role": Role.BACKEND, **changes})


def runs(**changes: Any) -> ContainerState:
    return structs.replace(samples.container("web"), **changes)


def decided(
    service: Service,
    wanted: Wanted = SAME,
    containers: tuple[ContainerState, ...] | None = None,
    options: Options | None = None,
) -> ServicePlan:
    now = Situation({"web": (runs(),) if containers is None else containers}, {"web": "files"})
    return decide(service, wanted, now, options or Options())


def test_what_runs_as_wanted_is_left_untouched() -> None:
    plan = decided(web())
    assert (plan.strategy, plan.gap_seconds) == (Strategy.UNTOUCHED, 0.0)
    assert plan.why == "image and configuration are the same"


@pytest.mark.parametrize(
    ("wanted", "containers", "why"),
    [
        (NEW_IMAGE, (runs(),), "its image changed"),
        (NEW_CONFIG, (runs(),), "its configuration changed"),
        (NEW_FILES, (runs(),), "its mounted files changed"),
        (SAME, (runs(), runs(number=2)), "2 of 1 replicas run"),
        (SAME, (runs(), runs(image_id="sha256:old", number=2)), "its image changed"),
        (SAME, (runs(config_hash="plain"),), "its configuration changed"),
    ],
    ids=["image", "configuration", "files", "too-many", "one-of-two-is-old", "plain-hash-is-for-data-only"],
)
def test_a_change_starts_the_new_one_first_where_nothing_forbids_two(
    wanted: Wanted, containers: tuple[ContainerState, ...], why: str
) -> None:
    plan = decided(web(), wanted, containers)
    assert (plan.strategy, plan.gap_seconds) == (Strategy.START_FIRST, 0.0)
    assert plan.why == f"{why}; nothing forbids two at once"


def test_too_few_replicas_are_a_change() -> None:
    assert decided(web(replicas=3)).why.startswith("1 of 3 replicas run")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ports": (PORT,)}, "it holds host port 8080"),
        ({"container_name": "the-web"}, "container_name the-web allows only one"),
        ({"network_mode": "host"}, "it uses the host's network"),
        ({"networks": (Attachment("app", (), "10.1.0.9"),)}, "only one can have the address 10.1.0.9 in app"),
        ({"mounts": (READ_ONLY, WRITABLE)}, "volume uploads has a single writer"),
    ],
    ids=["host-port", "container-name", "host-network", "address", "volume"],
)
def test_the_old_one_stops_first_where_two_cannot_be(changes: dict[str, Any], why: str) -> None:
    plan = decided(web(**changes), NEW_IMAGE)
    assert plan.strategy is Strategy.STOP_FIRST
    assert plan.why == f"its image changed; {why}"


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({"health": Health(("CMD", "x"), False, HERE, 10.0)}, 12.0),
        ({"health": Health(("CMD", "x"), False, HERE)}, 2.0),
        ({"health": None}, 2.0),
    ],
    ids=["interval", "no-interval", "no-healthcheck"],
)
def test_stopping_first_costs_a_gap_of_a_start_and_a_health_interval(changes: dict[str, Any], gap: float) -> None:
    assert decided(web(ports=(PORT,), **changes), NEW_IMAGE).gap_seconds == gap


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mounts": (READ_ONLY,)},
        {"mounts": (BOUND,)},
        {"network_mode": "bridge"},
        {"ports": (structs.replace(PORT, published=""),)},
    ],
    ids=["plain", "read-only-volume", "bind", "bridge", "any-free-port"],
)
def test_nothing_forbids_two_of_it(changes: dict[str, Any]) -> None:
    assert why_stop_first(web(**changes)) == ""


@pytest.mark.parametrize(
    ("role", "image", "wanted", "strategy"),
    [
        (Role.PROXY, "sample/nginx:1", NEW_FILES, Strategy.RELOAD),
        (Role.PROXY, "sample/nginx:1", structs.replace(NEW_FILES, image_id="sha256:new"), Strategy.START_FIRST),
        (Role.PROXY, "sample/nginx:1", structs.replace(NEW_FILES, config_hash="other"), Strategy.START_FIRST),
        (Role.PROXY, "sample/caddy:1", NEW_FILES, Strategy.START_FIRST),
        (Role.FRONTEND, "sample/nginx:1", NEW_FILES, Strategy.START_FIRST),
        (Role.PROXY, "sample/nginx:1", SAME, Strategy.UNTOUCHED),
    ],
    ids=["nginx", "its-image-too", "its-configuration-too", "caddy", "no-proxy", "nothing-changed"],
)
def test_only_an_nginx_proxy_whose_files_alone_changed_is_reloaded(
    role: Role, image: str, wanted: Wanted, strategy: Strategy
) -> None:
    assert decided(web(role=role, image=image), wanted).strategy is strategy


def test_files_that_were_never_recorded_live_are_no_change() -> None:
    assert decide(web(), SAME, Situation({"web": (runs(),)}, {}), Options()).strategy is Strategy.UNTOUCHED


@pytest.mark.parametrize("state", ["exited", "created", "restarting", "dead"])
def test_what_does_not_run_is_created(state: str) -> None:
    plan = decided(web(ports=(PORT,)), SAME, (runs(state=state),))
    assert (plan.strategy, plan.why, plan.gap_seconds) == (Strategy.CREATE, "no container of it runs", 0.0)
    assert decided(web(), SAME, ()).strategy is Strategy.CREATE


def test_before_the_build_a_built_service_is_taken_to_change_and_a_pulled_one_not() -> None:
    before = Wanted("", "")
    assert decided(web(build=BUILD), structs.replace(before, files_digest="files")).why.startswith(
        "its image is built anew"
    )
    assert decided(web(), structs.replace(before, files_digest="files")).strategy is Strategy.UNTOUCHED


@pytest.mark.parametrize("role", [Role.DATABASE, Role.CACHE])
def test_a_data_service_that_plain_compose_started_is_not_recreated_for_our_labels(role: Role) -> None:
    assert decided(web(role=role), SAME, (runs(config_hash="plain"),)).strategy is Strategy.UNTOUCHED


def test_force_recreates_what_has_not_changed() -> None:
    plan = decided(web(), SAME, None, Options(force=True))
    assert (plan.strategy, plan.why.partition(";")[0]) == (Strategy.START_FIRST, "recreation was asked for")


ENDED_WELL = runs(state="exited", exit_code=0)


@pytest.mark.parametrize(
    ("containers", "options", "strategy"),
    [
        ((), Options(), Strategy.JOB),
        ((ENDED_WELL,), Options(), Strategy.UNTOUCHED),
        ((ENDED_WELL,), Options(force=True), Strategy.JOB),
        ((structs.replace(ENDED_WELL, exit_code=1),), Options(), Strategy.JOB),
        ((structs.replace(ENDED_WELL, image_id="sha256:old"),), Options(), Strategy.JOB),
        ((structs.replace(ENDED_WELL, config_hash="other"),), Options(), Strategy.JOB),
        ((structs.replace(ENDED_WELL, state="running"),), Options(), Strategy.JOB),
        ((), Options(migrate=False), Strategy.UNTOUCHED),
        ((structs.replace(ENDED_WELL, exit_code=1),), Options(migrate=False), Strategy.UNTOUCHED),
    ],
    ids=[
        "never-run",
        "done",
        "forced",
        "failed",
        "other-image",
        "other-configuration",
        "still-runs",
        "on-the-way-back",
        "failed-and-on-the-way-back",
    ],
)
def test_a_job_runs_once_for_each_image_and_configuration(
    containers: tuple[ContainerState, ...], options: Options, strategy: Strategy
) -> None:
    assert decided(web(role=Role.JOB), SAME, containers, options).strategy is strategy


@pytest.mark.parametrize(
    ("changes", "update", "strategy", "why"),
    [
        ({}, Rollout(order="stop-first"), Strategy.STOP_FIRST, "its order in the compose file is stop-first"),
        ({}, Rollout(order="start-first"), Strategy.START_FIRST, "nothing forbids two at once"),
        (
            {"ports": (PORT,)},
            Rollout(order="start-first"),
            Strategy.STOP_FIRST,
            "it holds host port 8080, whatever its order start-first says",
        ),
        ({"ports": (PORT,)}, Rollout(order="stop-first"), Strategy.STOP_FIRST, "it holds host port 8080"),
        (
            {"mounts": (WRITABLE,)},
            Rollout(order="start-first"),
            Strategy.STOP_FIRST,
            "volume uploads has a single writer, whatever its order start-first says",
        ),
    ],
)
def test_compose_s_order_is_obeyed_where_it_can_be_and_said(
    changes: dict[str, Any], update: Rollout, strategy: Strategy, why: str
) -> None:
    plan = decided(web(update=update, **changes), NEW_IMAGE)
    assert (plan.strategy, plan.why) == (strategy, f"its image changed; {why}")


def test_on_the_way_back_rollback_config_holds() -> None:
    service = web(update=Rollout(order="stop-first"), rollback=Rollout(order="start-first"))
    assert decided(service, NEW_IMAGE).strategy is Strategy.STOP_FIRST
    assert decided(service, NEW_IMAGE, options=Options(closing=False)).strategy is Strategy.START_FIRST


NAMED = {"handed_name": "the-web"}


def test_a_name_that_is_handed_over_forbids_nothing_and_is_said() -> None:
    plan = decided(web(**NAMED), NEW_IMAGE)
    assert plan.strategy is Strategy.START_FIRST
    assert plan.why == "its image changed; nothing forbids two at once; the name the-web is handed over"


def test_a_switch_that_ended_before_the_name_was_handed_over_is_finished() -> None:
    plan = decided(web(**NAMED))
    assert (plan.strategy, plan.why.partition(";")[0]) == (
        Strategy.START_FIRST,
        "its container is not called the-web yet",
    )
    assert decided(web(**NAMED), SAME, (runs(name="the-web"),)).strategy is Strategy.UNTOUCHED


@pytest.mark.parametrize(
    ("changes", "handed"),
    [
        ({}, True),
        ({"role": Role.PROXY}, True),
        ({"container_name": ""}, False),
        ({"ports": (PORT,)}, False),
        ({"mounts": (WRITABLE,)}, False),
        ({"network_mode": "host"}, False),
        ({"role": Role.DATABASE}, False),
        ({"role": Role.CACHE}, False),
        ({"role": Role.JOB}, False),
    ],
)
def test_a_container_name_is_handed_over_where_nothing_else_forbids_two(changes: dict[str, Any], handed: bool) -> None:
    stack = samples.stack(web(**{"container_name": "the-web", **changes}))
    assert handed_names(stack) == ({"web": "the-web"} if handed else {})


def test_recreation_and_moved_files_replace_containers_that_are_as_wanted() -> None:
    assert [
        decided(web(), SAME, None, Options(force=True)).anew,
        decided(web(), NEW_FILES).anew,
        decided(web(), NEW_IMAGE).anew,
        decided(web()).anew,
    ] == [True, True, False, False]


@pytest.mark.parametrize(
    ("seconds", "reload", "wait"),
    [
        ((None,), ("nginx",), 0.0),
        ((600.0,), ("nginx",), 0.0),
        ((10.1,), ("nginx",), 0.0),
        ((10.0,), (), 10.0),
        ((1.0, 5.0), (), 5.0),
        ((1.0, None), ("nginx",), 0.0),
        ((), (), 0.0),
    ],
)
def test_a_proxy_that_keeps_an_address_is_reloaded_and_a_short_time_is_waited_for(
    seconds: tuple[float | None, ...], reload: tuple[str, ...], wait: float
) -> None:
    found = tuple(Lookup("nginx", "web", each) for each in seconds)
    now = Situation({"web": (runs(),)}, {"web": "files"}, lookups=(*found, Lookup("nginx", "other", None)))
    assert told(web(), now) == (reload, wait)
    why = decide(web(), NEW_IMAGE, now, Options()).why
    assert ("nginx is reloaded, for it keeps the address" in why) is bool(reload)
