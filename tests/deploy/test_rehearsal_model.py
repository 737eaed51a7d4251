"""The rehearsal's own Compose model: the same program, and nothing that is real within its reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flawless.deploy.rehearsal_model import (
    LABEL,
    Cast,
    cast_of,
    copies,
    database_of,
    misfits,
    rehearsal_model,
    users_of,
)
from flawless.model.stack import Attachment, Dependency, EnvVar, Role, Service, Stack, UrlTraits
from flawless.ports.postgres import REQUIRED
from flawless.testing import samples
from flawless.testing.samples import HERE

LIVE = Path("/sample/.flawless/live")
DATA = (Attachment("data"),)


def url(host: str, scheme: str = "postgresql") -> EnvVar:
    return EnvVar("DATABASE_URL", "masked", HERE, None, UrlTraits(scheme, "app", host, 5432, "/app"))


def database(name: str = "postgres", **changes: Any) -> Service:
    return samples.service(name, **{"role": Role.DATABASE, "image": "postgres:16", "networks": DATA, **changes})


def job(**changes: Any) -> Service:
    return samples.service("migrate", **{"role": Role.JOB, "networks": DATA, **changes})


def after(*names: str) -> tuple[Dependency, ...]:
    return tuple(Dependency(name, "service_healthy") for name in names)


def found(stack: Stack, service: Service) -> str:
    database = database_of(stack, service)
    return database.name if database else ""


@pytest.mark.parametrize(
    ("services", "name"),
    [
        ([database(), job(env=(url("postgres"),))], "postgres"),
        ([database("db"), job(env=(url("db"),))], "db"),
        ([database("db", networks=(Attachment("data", ("store",)),)), job(env=(url("store"),))], "db"),
        ([database("a"), database("b"), job(env=(url("b"),))], "b"),
        ([database("a"), database("b"), job(depends_on=after("b"))], "b"),
        ([database(), job()], "postgres"),
        ([database(), job(env=(url("db.example.org"),))], ""),
        ([database(networks=(Attachment("other"),)), job()], ""),
        ([database("mysql", image="mysql:8"), job(depends_on=after("mysql"))], ""),
        ([database("db", image="example/own"), job(env=(url("db"),))], "db"),
        ([database("db", image="example/own", env=(EnvVar("POSTGRES_DB", "x", HERE),)), job()], "db"),
        ([job()], ""),
    ],
    ids=[
        "by-url", "another-name", "by-alias", "the-one-that-its-url-names", "the-one-it-waits-for", "on-its-network",
        "outside-of-the-stack", "on-another-network", "no-postgresql", "told-by-a-url", "told-by-its-settings", "none",
    ],
)  # fmt: skip
def test_the_database_of_a_job_is_the_one_that_it_would_reach(services: list[Service], name: str) -> None:
    assert found(samples.stack(*services), services[-1]) == name


def test_only_stores_that_somebody_needs_take_part() -> None:
    cache, other = samples.service("redis", role=Role.CACHE, networks=DATA), database("other")
    stack = samples.stack(database(), other, cache, job(env=(url("postgres"),), depends_on=after("redis")))
    assert cast_of(stack, [stack.services[-1]], stack.services[0]) == Cast("postgres", ("redis",), ("migrate",))


def test_the_former_release_s_backends_bring_their_stores() -> None:
    backend = samples.service(
        "backend", role=Role.BACKEND, networks=DATA, env=(url("postgres"),), depends_on=after("redis")
    )
    cache = samples.service("redis", role=Role.CACHE, networks=DATA)
    stack = samples.stack(database(), cache, job(), backend)
    assert users_of(stack, "postgres") == (backend,)
    assert users_of(stack, "elsewhere") == ()
    cast = cast_of(stack, [job()], stack.services[0], [backend])
    assert (cast.stores, cast.former) == (("redis",), ("backend",))


MODEL: dict[str, Any] = {
    "name": "sample",
    "services": {
        "postgres": {
            "image": "flawless/sample-postgres:1",
            "command": ["postgres", "-c", "config_file=/etc/postgresql/postgresql.conf"],
            "container_name": "db",
            "ports": [{"target": 5432, "published": "5432"}],
            "networks": {"data": None, "edge": None},
            "healthcheck": {"test": ["CMD", "pg_isready"], "interval": "30s"},
            "restart": "unless-stopped",
            "mem_limit": "384m",
            "volumes": [
                {"type": "volume", "source": "data", "target": "/var/lib/postgresql/data"},
                {"type": "bind", "source": f"{LIVE}/postgres/conf", "target": "/etc/postgresql", "read_only": True},
                {"type": "bind", "source": "/sample/dumps", "target": "/dumps"},
                {"type": "bind", "source": "/sample/certs", "target": "/certs", "read_only": True},
                {"type": "bind", "source": "/var/run/docker.sock", "target": "/docker.sock", "read_only": True},
                {"type": "tmpfs", "target": "/tmp"},
            ],
        },
        "migrate": {
            "image": "flawless/sample-backend:1",
            "command": ["migrate"],
            "environment": {"DATABASE_URL": "postgresql://app:secret@postgres/app"},
            "secrets": [{"source": "password", "target": "/run/secrets/password"}],
            "networks": {"data": None},
            "network_mode": "host",
            "privileged": True,
            "extra_hosts": ["host.docker.internal:host-gateway"],
            "depends_on": {"postgres": {"condition": "service_healthy"}},
            "deploy": {
                "replicas": 3,
                "resources": {"limits": {"memory": "128M", "cpus": 0.5}, "reservations": {"memory": "64M"}},
            },
        },
    },
    "secrets": {"password": {"file": "/sample/secrets/password"}},
    "networks": {"data": {"name": "sample_data"}},
    "volumes": {"data": {"name": "sample_data"}},
}
BEFORE: dict[str, Any] = {
    "services": {
        "backend": {
            "image": "flawless/sample-backend:0",
            "healthcheck": {"test": ["CMD", "health"], "interval": "30s", "retries": 3},
            "volumes": [{"type": "bind", "source": f"{LIVE}/app.toml", "target": "/app.toml", "read_only": True}],
        }
    },
    "secrets": {"jwt": {"file": "/sample/secrets/jwt"}},
}


@pytest.fixture
def made() -> dict[str, Any]:
    stack = samples.stack(database(networks=(Attachment("data", ("store",)),), container_name="db"), job())
    cast = Cast("postgres", (), ("migrate",), ("backend",))
    return rehearsal_model(
        MODEL, stack, cast, copies(LIVE, Path("/rehearsal/files")), (BEFORE, copies(LIVE, Path("/rehearsal/former")))
    )


def test_there_is_a_container_for_each_pass_and_one_for_each_former_service(made: dict[str, Any]) -> None:
    assert set(made["services"]) == {"postgres", "migrate-empty", "migrate-again", "migrate-copy", "former-backend"}


def test_nothing_is_on_a_network_of_the_stack_or_reached_from_outside(made: dict[str, Any]) -> None:
    assert made["networks"] == {"rehearsal": {"internal": True, "labels": {LABEL: "sample"}}}
    for service in made["services"].values():
        assert set(service["networks"]) == {"rehearsal"}
        tied = {"ports", "container_name", "network_mode", "privileged", "extra_hosts", "depends_on", "links"}
        assert not tied & set(service)


def test_the_database_is_there_under_every_name_that_it_has(made: dict[str, Any]) -> None:
    assert made["services"]["postgres"]["networks"]["rehearsal"]["aliases"] == ["db", "postgres", "store"]


def test_no_data_of_the_stack_is_mounted(made: dict[str, Any]) -> None:
    assert made["services"]["postgres"]["volumes"] == [
        {"type": "volume", "target": "/var/lib/postgresql/data"},
        {"type": "bind", "source": "/rehearsal/files/postgres/conf", "target": "/etc/postgresql", "read_only": True},
        {"type": "volume", "target": "/dumps"},
        {"type": "bind", "source": "/sample/certs", "target": "/certs", "read_only": True},
        {"type": "volume", "target": "/docker.sock"},
        {"type": "tmpfs", "target": "/tmp"},
    ]
    assert "volumes" not in made


def test_a_job_keeps_its_program_environment_secrets_and_limit_of_memory(made: dict[str, Any]) -> None:
    service = made["services"]["migrate-copy"]
    assert (service["image"], service["command"]) == ("flawless/sample-backend:1", ["migrate"])
    assert service["environment"] == MODEL["services"]["migrate"]["environment"]
    assert service["deploy"] == {"resources": {"limits": {"memory": "128M"}}}, "it may take the time that nobody needs"
    assert service["cpu_shares"] < 1024, "and what serves goes first"
    assert made["secrets"] == {**BEFORE["secrets"], **MODEL["secrets"]}
    assert made["services"]["former-backend"]["mem_limit"] == "512m", "nothing here is without a limit"


def test_everything_is_labelled_and_stays_ended(made: dict[str, Any]) -> None:
    for service in made["services"].values():
        assert service["labels"] == {LABEL: "sample"}
        assert (service["restart"], service["pull_policy"]) == ("no", "never")


def test_the_former_release_has_its_own_image_and_files_and_is_asked_every_second(made: dict[str, Any]) -> None:
    service = made["services"]["former-backend"]
    assert service["image"] == "flawless/sample-backend:0"
    assert service["volumes"][0]["source"] == "/rehearsal/former/app.toml"
    assert service["healthcheck"] == {"test": ["CMD", "health"], "interval": "1s", "retries": 3}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"a.t.x": "text"}, {"a.t.x": "text"}, ()),
        ({"a.t.x": "text"}, {"a.t.x": "text", "a.t.y": "text"}, ()),
        ({"a.t.x": "text"}, {"a.t.x": "text", "a.t.y": f"text {REQUIRED}"}, ("a.t.y is new and must be given",)),
        ({"a.t.x": "text"}, {"a.t.x": "text", "a.u.y": f"text {REQUIRED}"}, ()),
        ({"a.t.x": "text"}, {}, ("a.t.x is gone",)),
        ({"a.t.x": "text"}, {"a.t.y": "text"}, ("a.t.x is gone",)),
        ({"a.t.x": "text"}, {"a.t.x": "date"}, ("a.t.x is date, was text",)),
        ({"a.t.x": "text"}, {"a.t.x": f"text {REQUIRED}"}, (f"a.t.x is text {REQUIRED}, was text",)),
        ({"a.t.x": f"text {REQUIRED}"}, {"a.t.x": "text"}, ()),
    ],
    ids=[
        "same", "added", "added-and-required", "of-a-new-table", "dropped", "renamed", "retyped", "now-required",
        "no-longer-required",
    ],
)  # fmt: skip
def test_what_an_older_release_may_stumble_over(
    old: dict[str, str], new: dict[str, str], said: tuple[str, ...]
) -> None:
    assert misfits(old, new, REQUIRED) == said


def test_a_throwaway_database_does_not_wait_for_the_disk(made: dict[str, Any]) -> None:
    assert made["services"]["postgres"]["command"] == [*MODEL["services"]["postgres"]["command"], "-c", "fsync=off"]
