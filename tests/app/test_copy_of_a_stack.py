"""The Compose model of a throwaway copy: the same programs, and nothing real within their reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flawless.app.rehearsing.model import LABEL, PLACE_LABEL, Ground, copy_model, copy_stack, has_way_out, project_of
from flawless.model.stack import Attachment, Network, Role, Service, Stack
from flawless.testing import samples
from flawless.testing.samples import HERE

Json = dict[str, Any]
FILE = {"type": "bind", "read_only": True}


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """A checkout with a committed proxy.conf and an untracked certificate, and its export."""
    root, tree = tmp_path / "stack", tmp_path / "tree"
    for folder, name in ((root, "proxy.conf"), (tree, "proxy.conf"), (root, "certs/tls.crt"), (root, "data/rows")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")
    return Ground(root, tree)


def made(ground: Ground, service: Json, **changes: Any) -> tuple[Json, Json]:
    """The copy's model, and the one service in it."""
    twin = samples.service("app", **{"networks": (Attachment("app"),), **changes})
    stack = samples.stack(twin)
    model = copy_model({"services": {"app": service}}, stack, {"app": "sha256:1"}, ground)
    return model, model["services"]["app"]


def test_nothing_that_is_real_is_left(ground: Ground) -> None:
    model, app = made(
        ground,
        {
            "image": "app",
            "build": {"context": "."},
            "container_name": "shop",
            "ports": [{"target": 80, "published": "80"}],
            "privileged": True,
            "devices": ["/dev/sda"],
            "pid": "host",
            "extra_hosts": ["pay:10.0.0.1"],
            "depends_on": {"db": {}},
            "environment": {"A": "b"},
            "networks": {"app": {"ipv4_address": "10.0.0.9"}},
        },
        container_name="shop",
    )
    assert set(app) == {
        "image", "environment", "mem_limit", "cpu_shares",
        "pull_policy", "restart", "healthcheck", "volumes", "networks", "labels"
    }  # fmt: skip
    assert (app["image"], app["pull_policy"], app["mem_limit"]) == ("sha256:1", "never", "512m")
    assert app["networks"] == {"app": {"aliases": ["app", "shop"]}}
    assert app["labels"] == {LABEL: "sample", PLACE_LABEL: ground.place}
    assert model["networks"]["app"] == {"internal": True, "labels": app["labels"]}


@pytest.mark.parametrize(
    ("mount", "role", "wanted"),
    [
        ({"source": "{root}/proxy.conf"}, Role.BACKEND, {"type": "bind", "source": "{tree}/proxy.conf"}),
        ({"source": "{root}/certs"}, Role.PROXY, {"type": "bind", "source": "{root}/certs", "read_only": True}),
        ({"source": "{root}/certs/tls.crt"}, Role.BACKEND, {**FILE, "source": "{root}/certs/tls.crt"}),
        ({"source": "{root}/data"}, Role.DATABASE, {"type": "volume"}),
        ({"source": "{root}/data"}, Role.BACKEND, {"type": "volume"}),
        ({"source": "/srv/data", "read_only": True}, Role.BACKEND, {**FILE, "source": "/srv/data"}),
        ({"source": "/var/run/docker.sock", "read_only": True}, Role.PROXY, {"type": "volume"}),
        ({"type": "volume", "source": "rows"}, Role.DATABASE, {"type": "volume", "source": "rows", "read_only": False}),
        ({"type": "volume"}, Role.DATABASE, {"type": "volume", "read_only": False}),
        ({"type": "tmpfs"}, Role.BACKEND, {"type": "tmpfs"}),
        ({"type": "npipe", "source": "x"}, Role.BACKEND, {"type": "volume"}),
    ],
    ids=[
        "committed", "certificates-of-a-proxy", "a-single-file", "data-of-a-database", "uploads", "read-only-anyway",
        "the-engine's-socket", "a-named-volume", "an-anonymous-one", "tmpfs", "a-kind-of-another-system",
    ],
)  # fmt: skip
def test_what_is_mounted(ground: Ground, mount: Json, role: Role, wanted: Json) -> None:
    def placed(entry: Json) -> Json:
        return {
            key: value.format(root=ground.root, tree=ground.tree) if isinstance(value, str) else value
            for key, value in entry.items()
        }

    given = placed({"type": "bind", "target": "/there", **mount})
    _, app = made(ground, {"volumes": [given]}, role=role)
    assert app["volumes"] == [placed({"target": "/there", **wanted})]


def test_a_volume_loses_the_options_that_may_name_a_folder_of_the_host(ground: Ground) -> None:
    raw: Json = {"services": {"app": {"volumes": [{"type": "volume", "source": "rows", "target": "/rows"}]}}}
    raw["volumes"] = {"rows": {"driver_opts": {"type": "none", "o": "bind", "device": "/srv/rows"}, "external": True}}
    model = copy_model(raw, samples.stack(samples.service("app")), {"app": "sha256:1"}, ground)
    assert model["volumes"] == {"rows": {"labels": {LABEL: "sample", PLACE_LABEL: ground.place}}}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"restart": "always"}, "on-failure:5"),
        ({"restart": "no"}, "no"),
        ({"restart": ""}, "no"),
        ({"restart": "always", "role": Role.JOB}, "no"),
    ],
)
def test_a_service_is_started_again_only_a_few_times(ground: Ground, changes: Json, wanted: str) -> None:
    assert made(ground, {}, **changes)[1]["restart"] == wanted


@pytest.mark.parametrize(
    ("mode", "networks", "wanted"),
    [
        ("host", (), {"networks": {"copy-alone": {"aliases": ["app"]}}}),
        ("service:web", (), {"network_mode": "service:web"}),
        ("none", (), {"network_mode": "none"}),
        ("", (Attachment("app"),), {"networks": {"app": {"aliases": ["app"]}}}),
    ],
)
def test_the_host_s_network_is_not_lent(ground: Ground, mode: str, networks: Any, wanted: Json) -> None:
    _, app = made(ground, {"network_mode": mode}, network_mode=mode, networks=networks)
    assert {key: value for key, value in app.items() if key.startswith("network")} == wanted


def test_a_healthcheck_keeps_its_test_and_loses_the_times_after_which_it_gives_up(ground: Ground) -> None:
    health = {"test": ["CMD", "true"], "timeout": "4s", "interval": "30s", "start_period": "9s", "start_interval": "2s"}
    assert made(ground, {"healthcheck": health})[1]["healthcheck"] == {
        "test": ["CMD", "true"],
        "timeout": "4s",
        "interval": "1s",
    }
    assert made(ground, {"healthcheck": {"disable": True}})[1]["healthcheck"] == {"disable": True}


def test_only_who_asks_for_it_gets_a_way_out_and_only_where_the_stack_has_one(ground: Ground) -> None:
    open_ground = Ground(ground.root, ground.tree, outbound=True)
    stack = samples.stack()
    for each, wanted in ((ground, {True}), (open_ground, {True, False})):
        assert {network.internal for network in copy_stack(stack, each).networks} == wanted
    twin = copy_stack(stack, open_ground)
    assert [network.name for network in twin.networks if not network.internal] == ["edge"]


def test_the_copy_s_stack_is_what_probes_find_on_the_engine(ground: Ground) -> None:
    external = Network("app", "company", internal=True, external=True, origin=HERE)
    stack = samples.stack(samples.service("app", container_name="shop", replicas=3), networks=(external,))
    twin = copy_stack(stack, ground)
    assert twin.name == project_of(stack, ground) == f"flawless-copy-sample-{ground.place}"
    assert [(each.full_name, each.external) for each in twin.networks] == [(f"{twin.name}_app", False)]
    (service,) = twin.services
    assert (service.container_name, service.ports, service.replicas) == ("", (), 1)
    assert service.names("app") == {"app", "shop"}


@pytest.mark.parametrize(
    ("service", "wanted"),
    [
        (samples.service("app", networks=(Attachment("edge"),)), True),
        (samples.service("app", networks=(Attachment("app"),)), False),
        (samples.service("app", networks=(), network_mode="host"), True),
        (samples.service("app", networks=()), False),
    ],
)
def test_who_has_a_way_out_in_the_stack(service: Service, wanted: bool) -> None:
    stack: Stack = samples.stack(service)
    assert has_way_out(stack, service) is wanted


@pytest.mark.parametrize("limit", [{"cpus": 0.5}, {"deploy": {"resources": {"limits": {"cpus": "0.5"}}}}])
def test_a_boot_is_measured_within_the_limit_that_the_service_has(ground: Ground, limit: Json) -> None:
    app = made(ground, limit)[1]
    assert (app["cpus"], app.get("deploy")) == (0.5, None)
    assert "cpus" not in made(ground, {})[1]
