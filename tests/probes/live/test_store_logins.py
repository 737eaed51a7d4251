"""Logging in to PostgreSQL and Redis as a service does, and every way in which that fails."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.model.observed import Login
from flawless.model.stack import Service, Stack
from flawless.ports.bundle import Ports
from flawless.probes.live import cache_login, database_login

from .shop import KEY_COUNTER, Bench, Shop, reading, reason

pytestmark = pytest.mark.engine

BACKEND = "service:backend"


def password(shop: Shop, name: str) -> str:
    return (shop.root / "secrets" / name).read_text()


async def database(bench: Bench, *env: str, **config: Any) -> Login:
    """How a backend with that environment logs in to its database."""
    await bench.container("backend", Env=list(env), **config)
    [login] = reading(await database_login.gather(bench.target), BACKEND)
    assert isinstance(login, Login)
    return login


async def cache(bench: Bench, *env: str) -> Login:
    """How a backend with that environment logs in to its cache."""
    await bench.container("backend", Env=list(env))
    [login] = reading(await cache_login.gather(bench.target), BACKEND)
    assert isinstance(login, Login)
    return login


async def test_the_running_services_own_credentials_work(shop: Shop, ports: Ports) -> None:
    facts = await database_login.gather(shop.target(ports))
    for name in ("backend", "migrate"):
        [login] = reading(facts, f"service:{name}")
        assert (login.variable, login.target, login.stage) == ("DATABASE_URL", "postgres:5432/viworks", "done")
        assert login.message.startswith("PostgreSQL ")
    assert reading(facts, "service:nginx") == ()


async def test_the_running_services_own_cache_works(shop: Shop, ports: Ports) -> None:
    [login] = reading(await cache_login.gather(shop.target(ports)), BACKEND)
    assert (login.target, login.stage) == ("redis:6379/0", "done")


async def test_a_password_in_the_url_is_used_and_masked(bench: Bench) -> None:
    secret = password(bench.shop, "database_app_password")
    login = await database(bench, f"DATABASE_URL=postgresql://viworks_app:{secret}@postgres:5432/viworks")
    assert login.ok
    assert secret not in str(login)
    assert secret not in bench.ports.masker.mask(secret)


async def test_a_password_file_beside_the_url_is_used(bench: Bench) -> None:
    binds = {"Binds": [f"{bench.shop.root}/secrets/database_app_password:/run/secrets/db:ro"], "NetworkMode": "none"}
    env = ("DATABASE_URL=postgres://viworks_app@postgres/viworks", "DATABASE_URL_PASSWORD_FILE=/run/secrets/db")
    assert (await database(bench, *env, HostConfig=binds)).ok


async def test_a_wrong_password_ends_at_the_login(bench: Bench) -> None:
    login = await database(bench, "DATABASE_URL=postgresql://viworks_app:wrong-password@postgres:5432/viworks")
    assert (login.stage, login.code) == ("login", "28P01")
    assert "wrong-password" not in str(login)


async def test_a_wrong_database_ends_at_the_login(bench: Bench) -> None:
    secret = password(bench.shop, "database_app_password")
    login = await database(bench, f"DATABASE_URL=postgresql://viworks_app:{secret}@postgres:5432/other")
    assert (login.stage, login.code) == ("login", "28000"), "pg_hba.conf names the one database of the account"


async def test_an_unknown_host_ends_at_the_name(bench: Bench) -> None:
    login = await database(bench, "DATABASE_URL=postgresql://viworks_app:pass@postgress:5432/viworks")
    assert login.stage == "resolve"
    assert "postgress is not known in the network" in login.message


async def test_a_closed_port_ends_at_the_connection(bench: Bench) -> None:
    login = await database(bench, "DATABASE_URL=postgresql://viworks_app:pass@postgres:9/viworks")
    assert (login.stage, "Connection refused" in login.message) == ("connect", True)


async def test_a_server_of_another_kind_ends_at_the_login(bench: Bench) -> None:
    login = await database(bench, "DATABASE_URL=postgresql://viworks_app:pass@redis:6379/viworks")
    assert login.stage == "login"


async def test_a_service_without_a_container_is_unknown(bench: Bench) -> None:
    facts = await database_login.gather(bench.target)
    assert "has no container" in reason(facts, BACKEND)
    assert reading(facts, "service:nginx") == ()


async def test_a_password_file_that_cannot_be_read_is_unknown(bench: Bench) -> None:
    await bench.container("backend", Env=["DATABASE_URL=postgres://v@postgres/v", "PGPASSWORD_FILE=/no/such/file"])
    assert "/no/such/file of backend cannot be read" in reason(await database_login.gather(bench.target), BACKEND)


async def test_a_service_outside_all_networks_is_unknown(bench: Bench) -> None:
    def alone(service: Service) -> Service:
        return structs.replace(service, networks=()) if service.name == "backend" else service

    stack: Stack = structs.replace(bench.stack, services=tuple(map(alone, bench.stack.services)))
    await bench.container("backend", Env=["DATABASE_URL=postgres://v:secret@postgres/v"])
    facts = await database_login.gather(bench.shop.target(bench.ports, stack=stack))
    assert "no network" in reason(facts, BACKEND)


async def test_redis_without_its_password_ends_at_the_login(bench: Bench) -> None:
    login = await cache(bench, "REDIS_URL=redis://redis:6379/0")
    assert (login.stage, login.code) == ("login", "NOAUTH")


async def test_redis_with_a_wrong_password_ends_at_the_login(bench: Bench) -> None:
    login = await cache(bench, "REDIS_URL=redis://redis:6379/0", "REDIS_PASSWORD=wrong-password")
    assert (login.stage, login.code) == ("login", "WRONGPASS")


async def test_redis_leaves_no_key_behind(bench: Bench) -> None:
    async def keys() -> str:
        words = ("redis-cli", "--user", KEY_COUNTER, "--pass", "any", "--no-auth-warning", "dbsize")
        found = await bench.ports.engine.exec(f"{bench.shop.name}-redis-1", words, timeout=10)
        assert found.output.strip().isdigit(), found.output
        return found.output

    before = await keys()
    secret = password(bench.shop, "redis_password")
    assert (await cache(bench, f"REDIS_URL=redis://:{secret}@redis:6379/0")).ok
    assert await keys() == before
