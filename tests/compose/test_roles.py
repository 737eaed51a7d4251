"""What each service is for, on stacks of different making."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.compose.roles import with_roles
from flawless.errors import UsageError
from flawless.model.stack import Dependency, EnvVar, Health, Origin, Port, Role, Service, Stack, UrlTraits

HERE = Origin("compose.yaml", 1)
HEALTH = Health(("CMD", "x"), False, HERE)


def svc(name: str, image: str = "", **fields: Any) -> Service:
    return Service(name=name, image=image, origins={"": HERE}, **fields)


def port(target: int = 80) -> tuple[Port, ...]:
    return (Port(target, str(target), "", "tcp", HERE),)


def url(scheme: str, host: str) -> tuple[EnvVar, ...]:
    return (EnvVar("X_URL", f"{scheme}://{host}", HERE, None, UrlTraits(scheme, "", host)),)


def needs(service: str) -> tuple[Dependency, ...]:
    return (Dependency(service, "service_completed_successfully"),)


STACKS: dict[str, list[tuple[Service, Role]]] = {
    "official images": [
        (svc("proxy", "nginx:1.27", ports=port()), Role.PROXY),
        (svc("web", "nginx:1.27-alpine"), Role.FRONTEND),
        (svc("api", "shop/api:1", env=url("postgresql", "db")), Role.BACKEND),
        (svc("db", "postgres:16@sha256:abc"), Role.DATABASE),
        (svc("cache", "valkey/valkey:8"), Role.CACHE),
        (svc("migrate", "shop/api:1", restart="no"), Role.JOB),
    ],
    "own image names": [
        (svc("nginx", "viworks/nginx:1", ports=port()), Role.PROXY),
        (svc("frontend", "viworks/frontend:1"), Role.FRONTEND),
        (svc("backend", "viworks/backend:1"), Role.BACKEND),
        (svc("postgres", "viworks/postgres:15"), Role.DATABASE),
        (svc("redis", "registry.example:5000/viworks/redis"), Role.CACHE),
    ],
    "traefik before a django": [
        (svc("traefik", "traefik:v3", ports=port(443)), Role.PROXY),
        (svc("web", "shop/django", env=url("postgres", "database")), Role.BACKEND),
        (svc("database", "postgis/postgis:16"), Role.DATABASE),
        (svc("worker", "shop/django", env=url("redis", "redis")), Role.BACKEND),
        (svc("redis", "redis:7"), Role.CACHE),
        (svc("init-db", "shop/django"), Role.JOB),
    ],
    "a job found by who waits for it": [
        (svc("app", "shop/app", depends_on=needs("prepare"), ports=port(8000)), Role.BACKEND),
        (svc("prepare", "shop/app"), Role.JOB),
        (svc("db", "mariadb:11"), Role.DATABASE),
    ],
    "tools for certificates that end by design, and one that goes round": [
        (svc("certbot", "certbot/certbot:v2.11.0", command=("renew",)), Role.JOB),
        (svc("dns", "certbot/dns-route53:v2", command=("renew",), restart="no"), Role.JOB),
        (svc("acme", "neilpang/acme.sh", command=("daemon",), restart="always"), Role.OTHER),
        (svc("certs", "certbot/certbot", entrypoint=("sh", "-c", "while :; do certbot renew; done")), Role.OTHER),
    ],
    "tools are no stores": [
        (svc("postgres-exporter", "prometheuscommunity/postgres-exporter", env=url("postgresql", "db")), Role.OTHER),
        (svc("pgadmin", "dpage/pgadmin4"), Role.OTHER),
        (svc("redis-commander", "rediscommander/redis-commander"), Role.OTHER),
        (svc("mongo", "mongo:7"), Role.DATABASE),
        (svc("grafana", "grafana/grafana"), Role.OTHER),
        (svc("memcached", "memcached:1"), Role.CACHE),
        (svc("redis-worker", "shop/jobs", env=url("redis", "redis")), Role.BACKEND),
        (svc("orders", "shop/mongo-api"), Role.BACKEND),
        (svc("redis-master", "bitnami/redis:7"), Role.CACHE),
        (svc("mysql", "mysql/mysql-server:8"), Role.DATABASE),
    ],
    "caddy and a javascript pair": [
        (svc("edge", "caddy:2", network_mode="host"), Role.PROXY),
        (svc("ui", "shop/ui"), Role.FRONTEND),
        (svc("server", "shop/node", env=url("mongodb+srv", "mongo")), Role.BACKEND),
        (svc("mongodb", "bitnami/mongodb:7"), Role.DATABASE),
        (svc("keydb", "eqalpha/keydb"), Role.CACHE),
    ],
    "a frontend called web beside an api": [
        (svc("web", "shop/web", ports=port(3000)), Role.FRONTEND),
        (svc("api", "shop/api", env=url("mysql", "db")), Role.BACKEND),
        (svc("db", "mysql:8"), Role.DATABASE),
    ],
}


@pytest.mark.parametrize("name", STACKS)
def test_roles_are_found_in(name: str) -> None:
    services = tuple(each for each, _ in STACKS[name])
    found = with_roles(Stack(name="s", root="/s", files=(), services=services))
    assert {each.name: each.role for each in found.services} == {each.name: role for each, role in STACKS[name]}


def test_a_service_that_serves_is_no_job_whatever_its_name() -> None:
    stack = Stack(name="s", root="/s", files=(), services=(svc("migrate-api", "x", health=HEALTH),))
    assert with_roles(stack).services[0].role is not Role.JOB


def test_a_proxy_target_is_a_backend() -> None:
    stack = Stack(name="s", root="/s", files=(), services=(svc("thing", "x"), svc("other", "y")))
    assert [each.role for each in with_roles(stack, upstreams=("thing",)).services] == [Role.BACKEND, Role.OTHER]


def test_the_user_decides() -> None:
    stack = Stack(name="s", root="/s", files=(), services=(svc("db", "postgres"),))
    assert with_roles(stack, {"db": "other"}).services[0].role is Role.OTHER


@pytest.mark.parametrize(
    ("chosen", "words"), [({"db": "databse"}, "database"), ({"dbb": "database"}, "db"), ({"db": "zzz"}, "proxy")]
)
def test_a_wrong_role_names_the_nearest(chosen: dict[str, str], words: str) -> None:
    stack = Stack(name="s", root="/s", files=(), services=(svc("db", "postgres"),))
    with pytest.raises(UsageError) as caught:
        with_roles(stack, chosen)
    assert words in caught.value.remedy
    assert "flawless.toml" in caught.value.where
