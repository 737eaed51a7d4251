"""PostgreSQL and Redis: who may do what, what is kept, what is bounded, and that neither is open to the outside."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, OutOfMemoryError, RedisError

from stack.tests.harness import Site, docker, run

pytestmark = pytest.mark.engine

ROLES = ("viworks_owner", "viworks_app", "viworks_reader")
ATTRIBUTES = ("rolsuper", "rolcreatedb", "rolcreaterole", "rolreplication", "rolbypassrls")
KEY = "viworks:tests:data"


def as_role(site: Site, role: str, statement: str, *, password: str | None = None, database: str = "viworks") -> str:
    """What a statement answers over the network to a role with its password; RuntimeError when it is refused."""
    secret = password if password is not None else site.secret(f"database_{role.removeprefix('viworks_')}_password")
    dsn = f"host=postgres user={role} dbname={database} password='{secret}' connect_timeout=5"
    quiet = ("psql", "--no-psqlrc", "-qtAX", "--set=ON_ERROR_STOP=1")
    return site.compose("exec", "-T", "postgres", *quiet, f"--dbname={dsn}", feed=statement)


@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_the_stack_is_more_than_a_user(site: Site, role: str) -> None:
    attributes = " or ".join(ATTRIBUTES)
    assert site.psql(f"select {attributes} from pg_roles where rolname = '{role}'") == "f"
    assert site.psql(f"select count(*) from pg_auth_members where member = '{role}'::regrole") == "0"


def test_the_database_its_schema_and_its_tables_belong_to_the_owner(site: Site) -> None:
    assert site.psql("select datdba::regrole from pg_database where datname = 'viworks'") == "viworks_owner"
    assert site.psql("select nspowner::regrole from pg_namespace where nspname = 'public'") == "viworks_owner"
    assert site.psql("select distinct tableowner from pg_tables where schemaname = 'public'") == "viworks_owner"


@pytest.mark.parametrize(
    "statement",
    [
        "create table mine (n int)",
        "create temporary table mine (n int)",
        "create schema mine",
        "alter table deployments add column mine int",
        "drop table idempotency_keys",
        "truncate deployments",
        "delete from audit_log",
        "update audit_log set actor = 'somebody-else'",
        "update audit_head set seq = 0",
        "alter table audit_log disable trigger all",
        "set session_replication_role = replica",
        "copy deployments to program 'true'",
        "select pg_read_file('/run/secrets/database_owner_password')",
        "set role viworks_owner",
    ],
)
def test_the_backend_s_role_can_not(site: Site, statement: str) -> None:
    with pytest.raises(RuntimeError, match=r"permission denied|must be owner|must be superuser|append-only"):
        as_role(site, "viworks_app", statement)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into idempotency_keys default values",
        "update deployments set notes = 'mine'",
        "delete from sessions",
        "create table mine (n int)",
        "select password_hash from accounts",
        "select token_hash from refresh_tokens",
    ],
)
def test_the_reader_neither_writes_nor_sees_a_hash(site: Site, statement: str) -> None:
    with pytest.raises(RuntimeError, match="permission denied"):
        as_role(site, "viworks_reader", f"set default_transaction_read_only = off; {statement}")


def test_the_reader_reads(site: Site) -> None:
    assert int(as_role(site, "viworks_reader", "select count(*) from audit_log")) > 0
    assert as_role(site, "viworks_reader", "show transaction_read_only") == "on"


@pytest.mark.parametrize(
    ("role", "password", "database", "words"),
    [
        ("postgres", "anything", "viworks", "pg_hba.conf rejects"),
        ("viworks_app", "not-the-password", "viworks", "password authentication failed"),
        ("viworks_app", None, "postgres", "no pg_hba.conf entry"),
        ("viworks_owner", "", "viworks", "no password supplied"),
    ],
)
def test_a_login_over_the_network_needs_role_password_and_database(
    site: Site, role: str, password: str | None, database: str, words: str
) -> None:
    with pytest.raises(RuntimeError, match=words):
        as_role(site, role, "select 1", password=password, database=database)


def test_passwords_are_kept_as_scram_and_the_superuser_has_none(site: Site) -> None:
    stored = site.psql("select rolname, left(rolpassword, 14) from pg_authid where rolcanlogin order by rolname")
    kept = dict(line.split("|") for line in stored.splitlines())
    assert kept == {"postgres": "", **dict.fromkeys(ROLES, "SCRAM-SHA-256$")}


def test_no_statistic_and_no_log_has_seen_a_password(site: Site) -> None:
    run((str(site.stack / "bin" / "database-roles"),), cwd=site.stack, env=site.environment)
    logs, statements = site.logs("postgres"), site.psql("select query from pg_stat_statements")
    assert "audit_log" in statements
    for role in ("owner", "app", "reader"):
        assert site.secret(f"database_{role}_password") not in logs + statements


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_checksums", "on"),
        ("password_encryption", "scram-sha-256"),
        ("log_connections", "off"),
        ("log_min_duration_statement", "500ms"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
    ],
)
def test_the_server_is_set_as_its_file_says(site: Site, setting: str, value: str) -> None:
    assert site.psql(f"show {setting}") == value


def test_there_is_a_connection_for_everybody_who_may_have_one(site: Site) -> None:
    allowed = int(site.psql("select sum(rolconnlimit) from pg_roles where rolname like 'viworks%'"))
    free = int(site.psql("show max_connections")) - int(site.psql("show superuser_reserved_connections"))
    assert 0 < allowed <= free


def test_an_older_volume_gets_the_roles_and_a_changed_password_counts(site: Site) -> None:
    site.psql("""
        create role former login;
        alter database viworks owner to former;
        grant usage, create on schema public to former;
        set role former;
        create table leftover (n int);
        reset role;
        alter role viworks_reader with superuser password 'forgotten';
    """)
    try:
        with pytest.raises(RuntimeError, match="password authentication failed"):
            as_role(site, "viworks_reader", "select 1")
        run((str(site.stack / "bin" / "database-roles"),), cwd=site.stack, env=site.environment)
        assert as_role(site, "viworks_reader", "select 1") == "1"
        assert site.psql("select tableowner from pg_tables where tablename = 'leftover'") == "viworks_owner"
        assert site.psql("select rolcanlogin from pg_roles where rolname = 'former'") == "f"
        assert site.psql("select rolsuper from pg_roles where rolname = 'viworks_reader'") == "f"
    finally:
        site.psql("drop table if exists leftover; drop owned by former; drop role former")


@pytest.fixture
def redis(site: Site) -> Iterator[Redis]:
    """A connection with the backend's password; the keys of a test are gone afterwards."""
    with logged_in(site) as client:
        yield client
        client.delete(KEY, *(f"{KEY}:{number}" for number in range(100)))


def logged_in(site: Site) -> Redis:
    """Redis by the backend's password, at the address that its container has now."""
    address = site.address("redis", network="data")
    return Redis(host=address, password=site.secret("redis_password"), socket_timeout=10)


def test_redis_answers_nobody_without_the_password(site: Site) -> None:
    for password in (None, "not-the-password"):
        with Redis(host=site.address("redis", network="data"), password=password, socket_timeout=10) as client:
            with pytest.raises(RedisError) as refused:
                client.ping()
            assert isinstance(refused.value, AuthenticationError)


@pytest.mark.parametrize(
    "command",
    [
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "SCAN 0",
        "CONFIG GET *",
        "CONFIG SET requirepass x",
        "ACL LIST",
        "SHUTDOWN NOSAVE",
        "REPLICAOF 127.0.0.1 6379",
        "MODULE LIST",
        "CLIENT LIST",
        "MONITOR",
        "SAVE",
        "MIGRATE 127.0.0.1 1 viworks:a 0 1",
        "GET somebody-else",
        "SET somebody-else 1",
    ],
)
def test_the_backend_s_login_can_not(redis: Redis, command: str) -> None:
    with pytest.raises(NoPermissionError):
        redis.execute_command(*command.split())  # type: ignore[no-untyped-call]


def test_a_script_can_no_more_than_its_caller(redis: Redis) -> None:
    with pytest.raises(RedisError, match="The user executing the script can't"):
        redis.register_script("return redis.call('get', 'somebody-else')")()
    with pytest.raises(RedisError, match="The user executing the script can't"):
        redis.register_script("return redis.call('flushall')")()


def test_a_full_redis_refuses_and_forgets_nothing(redis: Redis) -> None:
    redis.set(KEY, "kept", ex=600)
    with pytest.raises(OutOfMemoryError):
        for number in range(100):
            redis.set(f"{KEY}:{number}", b"x" * 1_000_000, ex=600)
    assert redis.get(KEY) == b"kept"


def test_what_redis_holds_survives_its_restart(site: Site) -> None:
    with logged_in(site) as client:
        client.set(KEY, "kept", ex=600)
    site.compose("restart", "redis")
    site.up("redis", "backend")
    with logged_in(site) as client:
        assert client.get(KEY) == b"kept"


@pytest.mark.parametrize("store", ["postgres", "redis"])
def test_a_store_is_on_an_internal_network_alone_and_publishes_nothing(site: Site, store: str) -> None:
    (container,) = json.loads(docker("inspect", *site.containers(store)))
    assert list(container["NetworkSettings"]["Networks"]) == [f"{site.project}_data"]
    assert not container["HostConfig"]["PortBindings"]
    (network,) = json.loads(docker("network", "inspect", f"{site.project}_data"))
    assert network["Internal"] is True
    joined = {member["Name"] for member in network["Containers"].values()}
    assert not any("nginx" in name or "frontend" in name for name in joined)
