"""What each service is for. Pure: names, images, ports, URLs and conditions in; roles out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping

from msgspec import structs

from flawless.errors import UsageError
from flawless.model.stack import Role, Service, Stack


def _called(*names: str) -> re.Pattern[str]:
    """Matches names that hold one of the words as a whole: ``app-postgres-1``, not ``apostgres``."""
    return re.compile(rf"(?:^|[-_./])(?:{'|'.join(names)})(?:$|[-_:@\d])")


_DATABASE = _called(
    *(
        "postgres(?:ql)?",
        "postgis",
        "timescaledb(?:-ha)?",
        "pgvector",
        "cockroach(?:db)?",
        "mysql",
        "mariadb",
        "percona",
    ),
    *("mongo(?:db)?", "mssql", "oracle(?:-xe)?", "clickhouse(?:-server)?", "couchdb"),
)
_CACHE = _called("redis(?:-stack(?:-server)?)?", "valkey", "memcached?", "keydb", "dragonfly(?:db)?")
_PROXY = _called(
    "nginx", "traefik", "caddy", "haproxy", "envoy", "openresty", "httpd", "swag", "ingress", "reverse-proxy"
)
_FRONTEND = _called(
    *("front-?end", "web-?app", "webui", "ui", "spa", "client", "static"),
    *("next(?:js)?", "vite", "react", "vue", "angular", "svelte"),
)
_BACKEND = _called("back-?end", "api", "app", "server", "web", "service", "core", "gateway")
# Tools around a store, and programs that are named after the store they use.
_TOOL = re.compile(
    r"exporter|pg-?admin|phpmyadmin|adminer|commander|redis-?insight|backup|mongo-express|pgbouncer|pgweb"
)
_USER = re.compile(r"[-_](?:api|app|worker|client|service|ui|web|consumer|jobs?|init|setup|proxy)(?:$|[-_\d])")
_MIGRATE = re.compile(
    r"migrat|(?:^|[-_./ ])(?:init|seed|setup|bootstrap|schema|fixtures)(?:$|[-_ ])"
    r"|db[:_-]?(?:push|upgrade)|alembic upgrade|flyway|liquibase"
)
_CERTIFIES = _called("certbot", "acme[.]sh", "lego", "dehydrated")
_STORE_SCHEME = re.compile(r"postgres|mysql|mariadb|mongodb|mssql|sqlserver|redis|valkey")
_COMPLETED = "service_completed_successfully"
_DATA_NAMES = {"db", "database", "sql", "pg"}
_CACHE_NAMES = {"cache"}


def with_roles(stack: Stack, chosen: Mapping[str, str] | None = None, upstreams: Iterable[str] = ()) -> Stack:
    """The stack with each service's role: as chosen by the user, else as detected.

    ``upstreams`` are hosts that a proxy passes requests to. UsageError names a role or a service that does not exist.
    """
    set_roles = {name: _chosen(stack, name, role) for name, role in (chosen or {}).items()}
    jobs = {need.service for each in stack.services for need in each.depends_on if need.condition == _COMPLETED}
    hosts = frozenset(upstreams)
    found = {each.name: set_roles.get(each.name) or _detected(each, jobs, hosts) for each in stack.services}
    _settle_frontend(stack, found, set_roles)
    services = tuple(structs.replace(each, role=found[each.name]) for each in stack.services)
    return structs.replace(stack, services=services)


def _chosen(stack: Stack, name: str, role: str) -> Role:
    if stack.service(name) is None:
        raise UsageError(
            f"flawless.toml gives a role to {name}, which is no service of this stack",
            where="flawless.toml, [roles]",
            remedy=_nearest(name, [service.name for service in stack.services]),
        )
    if role not in set(Role):
        raise UsageError(f"there is no role {role}", where=f"flawless.toml, roles.{name}", remedy=_nearest(role, Role))
    return Role(role)


def _nearest(word: str, known: Iterable[str]) -> str:
    names = [str(name) for name in known]
    near = difflib.get_close_matches(word, names, 1, 0.5)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(names)}"


def _detected(service: Service, jobs: set[str], upstreams: frozenset[str]) -> Role:
    rules: tuple[tuple[Role, Callable[[Service], bool]], ...] = (
        (Role.JOB, lambda each: each.name in jobs or _is_job(each)),
        (Role.DATABASE, lambda each: _is_store(each, _DATABASE, _DATA_NAMES)),
        (Role.CACHE, lambda each: _is_store(each, _CACHE, _CACHE_NAMES)),
        (Role.PROXY, lambda each: _is_proxy(each) and bool(each.ports or each.network_mode == "host")),
        (Role.FRONTEND, lambda each: _is_proxy(each) or bool(_FRONTEND.search(each.name))),
        (Role.OTHER, lambda each: bool(_TOOL.search(f"{each.name} {each.image}"))),
        (Role.BACKEND, lambda each: _is_backend(each) or each.name in upstreams),
        (Role.FRONTEND, lambda each: bool(_FRONTEND.search(_repository(each)))),
    )
    return next((role for role, fits in rules if fits(service)), Role.OTHER)


def _repository(service: Service) -> str:
    """The image's name without registry, tag and digest."""
    return service.image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _is_job(service: Service) -> bool:
    """It ends by design, serves nothing, and is called like a migration or is a certificate tool's own command."""
    if service.restart not in {"no", ""} or service.ports or (service.health and not service.health.disabled):
        return False
    certifies = _CERTIFIES.search(_repository(service)) or "certbot/" in service.image
    if service.entrypoint is None and certifies:
        return True
    command = " ".join((*(service.entrypoint or ()), *(service.command or ())))
    named = _MIGRATE.search(service.name)
    return bool(named) if service.restart == "" else bool(named or _MIGRATE.search(command))


def _is_store(service: Service, pattern: re.Pattern[str], names: set[str]) -> bool:
    """By its image; by its name only when the image does not say that it is something else."""
    if any(_TOOL.search(name) or _USER.search(name) for name in (_repository(service), service.name)):
        return False
    if pattern.search(_repository(service)):
        return True
    other = _PROXY.search(_repository(service)) or (_CACHE if pattern is _DATABASE else _DATABASE).search(
        _repository(service)
    )
    return not other and bool(pattern.search(service.name) or service.name in names)


def _is_proxy(service: Service) -> bool:
    if _TOOL.search(_repository(service)):
        return False
    return bool(
        _PROXY.search(_repository(service))
        or _PROXY.search(service.name)
        or service.name in {"proxy", "edge", "gateway", "lb"}
    )


def _is_backend(service: Service) -> bool:
    """It talks to a store, or is called like a backend."""
    stores = any(var.url and _STORE_SCHEME.search(var.url.scheme) for var in service.env)
    return stores or bool(_BACKEND.search(service.name) or _BACKEND.search(_repository(service)))


def _settle_frontend(stack: Stack, found: dict[str, Role], chosen: Mapping[str, Role]) -> None:
    """A service called ``web`` or ``app`` that talks to no store is the frontend where a clearer backend exists."""
    if Role.FRONTEND in found.values():
        return
    backends = [each for each in stack.services if found[each.name] is Role.BACKEND and each.name not in chosen]
    storeless = [
        each for each in backends if not any(var.url and _STORE_SCHEME.search(var.url.scheme) for var in each.env)
    ]
    for each in storeless:
        if len(backends) > len(storeless) and each.name in {"web", "app", "site"}:
            found[each.name] = Role.FRONTEND
