"""A small healthy world: a five-service stack with a job, and facts that pass every check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from flawless.model import keys
from flawless.model import observed as seen
from flawless.model import observed_app as asked
from flawless.model import observed_copy as copied
from flawless.model import observed_files as read
from flawless.model import observed_rehearsal as rehearsed
from flawless.model.facts import STACK, Fact, Facts, Known, service_subject
from flawless.model.stack import (
    Attachment,
    Dependency,
    EnvVar,
    Health,
    Limits,
    Mount,
    Network,
    Origin,
    Port,
    Role,
    SecretFile,
    Service,
    Stack,
    UrlTraits,
    Volume,
)

NOW = 1_800_000_000.0
DAY = 86_400.0
HERE = Origin("compose.yaml", 1)
REVISION = "0123456789abcdef0123456789abcdef01234567"
_MB = 1024 * 1024


def service(name: str, **changes: Any) -> Service:
    """A hardened, healthy service; keyword arguments replace fields."""
    fields: dict[str, Any] = {
        "name": name,
        "image": f"sample/{name}:1",
        "user": "10001",
        "networks": (Attachment("app"),),
        "health": Health(("CMD", "/healthcheck"), False, HERE, 2.0, 2.0, 3, 5.0),
        "restart": "unless-stopped",
        "stop_grace": 30.0,
        "read_only": True,
        "cap_drop": ("ALL",),
        "security_opt": ("no-new-privileges:true",),
        "limits": Limits(1.0, 256 * _MB, 100),
        "log_driver": "json-file",
        "log_options": {"max-size": "10m", "max-file": "3"},
        "origins": {"": HERE},
    }
    return Service(**{**fields, **changes})


def variable(name: str, value: str, **changes: Any) -> EnvVar:
    """An environment variable of no secrecy."""
    return EnvVar(name, value, HERE, **changes)


def healthy_services() -> tuple[Service, ...]:
    """nginx, frontend, backend, postgres, redis and the migration job."""
    database = variable(
        "DATABASE_URL",
        "postgresql://app@postgres:5432/app",
        url=UrlTraits("postgresql", "app", "postgres", 5432, "/app"),
    )
    cache = variable("REDIS_URL", "redis://redis:6379/0", url=UrlTraits("redis", "", "redis", 6379, "/0"))
    inner = (Attachment("app"), Attachment("data"))
    data = (Attachment("data"),)
    https = Port(8443, "8443", "127.0.0.1", "tcp", HERE)
    job_first = (Dependency("migrate", "service_completed_successfully"),)
    return (
        service(
            "nginx",
            role=Role.PROXY,
            ports=(https, Port(8080, "8080", "127.0.0.1", "tcp", HERE)),
            networks=(Attachment("edge"), Attachment("app")),
        ),
        service("frontend", role=Role.FRONTEND, expose=(3000,)),
        service(
            "backend",
            role=Role.BACKEND,
            env=(database, cache),
            networks=inner,
            depends_on=job_first,
            expose=(8081,),
        ),
        service(
            "postgres",
            role=Role.DATABASE,
            networks=data,
            mounts=(Mount("volume", "pgdata", "/var/lib/postgresql/data", False, HERE),),
        ),
        service("redis", role=Role.CACHE, networks=data),
        service("migrate", role=Role.JOB, env=(database,), networks=data, health=None, restart="no"),
    )


def stack(*services: Service, **changes: Any) -> Stack:
    """A stack of the services, or the healthy six, on an edge and two internal networks."""
    fields: dict[str, Any] = {
        "name": "sample",
        "root": "/sample",
        "files": ("compose.yaml",),
        "services": services or healthy_services(),
        "networks": (
            Network("edge", "sample_edge", False, False, HERE),
            Network("app", "sample_app", True, False, HERE),
            Network("data", "sample_data", True, False, HERE),
        ),
        "volumes": (Volume("pgdata", "sample_pgdata", False, HERE),),
        "secrets": (SecretFile("db_password", "/sample/secrets/db_password", HERE),),
        "digest": "sha256:sample",
    }
    return Stack(**{**fields, **changes})


def container(service_name: str = "backend") -> seen.ContainerState:
    """A healthy hardened container."""
    return seen.ContainerState(
        id=f"id-{service_name}",
        name=f"sample-{service_name}-1",
        number=1,
        image_id=f"sha256:{service_name}",
        image=f"sample/{service_name}:1",
        config_hash="hash",
        revision=REVISION,
        state="running",
        health="healthy",
        health_output="",
        exit_code=0,
        oom_killed=False,
        restart_count=0,
        started_at=NOW - 600,
        error="",
        user="10001",
        read_only=True,
        privileged=False,
        cap_add=(),
        cap_drop=("ALL",),
        security_opt=("no-new-privileges:true",),
        memory=256 * _MB,
        cpus=1.0,
        pids=100,
        networks={"sample_app": "10.0.0.2"},
        published=(),
    )


def route(path: str = "/health") -> seen.RouteAnswer:
    """A good answer with every security header."""
    headers = {
        "strict-transport-security": "max-age=63072000",
        "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "permissions-policy": "geolocation=()",
        "x-frame-options": "DENY",
        "content-type": "application/json",
    }
    return seen.RouteAnswer(f"https://127.0.0.1:8443{path}", path, 200, 0.01, headers, "", "{}")


def redirect() -> seen.RouteAnswer:
    """What plain HTTP answers."""
    headers = {"location": "https://127.0.0.1:8443/"}
    return seen.RouteAnswer("http://127.0.0.1:8080/", "/", 308, 0.01, headers, "", "")


PROTOTYPES: dict[str, Any] = {
    "containers": container(),
    "processes": seen.Process("sample-backend-1", 1, 10001, "app"),
    "usage": seen.Usage("sample-backend-1", 64 * _MB, 256 * _MB, 0.05, 1.0, 5, 100),
    "logs": seen.LogScan(100, ()),
    "database-logins": seen.Login("DATABASE_URL", "postgres:5432/app", "done", "PostgreSQL 15", "", 0.02),
    "cache-logins": seen.Login("REDIS_URL", "redis:6379", "done", "PONG, wrote and read a key", "", 0.01),
    "isolation": seen.Reach("nginx", "postgres", 5432, "app", "unresolved", 0.01),
    "inside": seen.InsideAnswer("frontend", "http://backend:8081/health", 200, "", 0.01),
    "routes": route(),
    "tls": seen.TlsFacts(
        host="127.0.0.1",
        port=8443,
        subject="CN=localhost",
        issuer="CN=sample CA",
        names=("localhost", "127.0.0.1"),
        not_before=NOW - DAY,
        not_after=NOW + 80 * DAY,
        verified=True,
        verify_error="",
        protocols=("TLSv1.2", "TLSv1.3"),
        cipher="TLS_AES_256_GCM_SHA384",
        now=NOW,
    ),
    "version": REVISION,
    "host": seen.HostFacts("28.0.0", "1.47", "5.6.1", 2, 8192 * _MB, 50 * 1024 * _MB, 100 * 1024 * _MB),
    "foreign": seen.ForeignContainer("sample-backend-1", "backend", "other"),
    "release": seen.ReleaseFacts("r2", REVISION, "soaking", {"backend": "sha256:backend"}, ()),
    "previous": seen.ReleaseFacts("r1", REVISION, "good", {"backend": "sha256:old"}, ()),
    "window": seen.Window(
        300.0, 300.0, 0, 0, 0, tuple(seen.Sample(10.0 * number, 64 * _MB, 0.05) for number in range(31)), ()
    ),
    "latency": seen.Latency("https://127.0.0.1:8443/health", 500, 0, 4.0, 9.0, 15.0),
    "image": seen.ImageFacts(
        id="sha256:backend",
        size=100 * _MB,
        user="10001",
        entrypoint=("dumb-init", "--"),
        command=("app",),
        health_test=("CMD", "/healthcheck"),
        env_names=("PATH",),
        labels={"org.opencontainers.image.revision": REVISION},
        secrets=(),
    ),
    "image-files": seen.ImageFiles(layers=5, managers=("apt-get",)),
    "build": seen.BuildResult(True, 3.0, ()),
    "health-trial": seen.Trial(("/healthcheck",), 1, ("connection refused",), 0.1),
    "start-trial": seen.Trial(("app",), None, ("listening on 8081",), 2.0),
    "former-image": seen.FormerImage("r1", 100 * _MB),
    "migration-rehearsal": rehearsed.Rehearsal(
        jobs=("migrate",),
        database="postgres",
        version="15.14",
        passes=tuple(rehearsed.MigrationPass(on, 1.0) for on in ("empty", "again", "copy")),
        copied="data",
        former=rehearsed.FormerBoot("r1", True, ("backend",)),
    ),
    "boot": copied.Boot(came=copied.Came.READY, seconds=2.0),
    "readiness": copied.Readiness(
        ready_path="/health/ready",
        live_path="/health/live",
        outages=tuple(
            copied.Outage(
                store=store,
                role=role,
                allowed=4.0,
                watched=4.0,
                failed_after=0.5,
                ready_status=503,
                live_status=200,
                ready_again=1.0,
                patience=60.0,
            )
            for store, role in (("postgres", "database"), ("redis", "cache"))
        ),
    ),
    "health-answer": seen.InsideAnswer("", "http://backend:8081/health/ready", 200, "{}", 0.01),
    "stopping": copied.Stopping(0.3, 0, 30.0),
    "config-test": copied.ConfigTest(0, ("the configuration file test is successful",)),
    "listening": copied.ListeningPorts((8081,)),
    "app-reads": asked.Reads(
        exchanges=(asked.Exchange(operation="GET /api/orders", status=200, logged_in=True),), source="/openapi.json"
    ),
    "app-operations": asked.Reads(
        exchanges=(asked.Exchange(operation="POST /api/orders", status=201, logged_in=True),), source="/openapi.json"
    ),
    "app-preflights": asked.Preflight(
        route="/api/orders", origin="https://flawless-probe.example", foreign=True, method="OPTIONS", status=204
    ),
    "app-handshakes": asked.Handshake(path="/ws", status=101, service="backend"),
    "app-access": asked.Accesses(
        operations=(asked.Access(operation="GET /api/orders", without=401, forged=401, control=200),)
    ),
    "app-tokens": asked.TokenTrial(
        route="GET /api/orders",
        algorithm="HS256",
        genuine=200,
        without=401,
        afterwards=200,
        forgeries=(asked.Forgery("alg none", 401),),
    ),
    "app-inputs": asked.Inputs(
        misuses=(asked.Misuse(operation="POST /api/orders", place="the body", kind="no JSON", status=422),),
        controls={"POST /api/orders": 201},
    ),
    "app-injections": asked.Injections(tried=(asked.Injection(operation="GET /api/orders", place="query q"),)),
    "app-reflections": asked.Reflections(
        tried=(asked.Reflection(operation="GET /…", place="a page that does not exist", status=404, came="escaped"),)
    ),
    "app-audit": asked.AuditTrial(route="GET /api/audit", login=True, change=True),
    "app-limits": asked.LimitTrial(
        route="POST /api/login", sent=24, after=20, statuses={"401": 20, "429": 4}, forged=429, other=401
    ),
    "git": read.GitState(True, REVISION, (), ()),
    "history": read.History("git log", ()),
    "leaks": read.History("betterleaks", ()),
    "advisories": read.AdvisoryScan("OSV", 10, ()),
    "inputs": read.InputPath("backend/app.py", "copy", True, True, False, HERE),
    "dockerignore": read.IgnoreFile("backend/.dockerignore", True, True, ()),
    "manifests": read.Manifest("backend/pyproject.toml", "PyPI", "backend/requirements.lock", True, True, "", ()),
    "shell-scripts": read.Script("backend/entrypoint.sh", "sh", "#!/bin/sh\nset -eu\nexec app\n"),
    "dockerfile-lint": read.LintRun("hadolint", 1, ()),
    "shell-lint": read.LintRun("shellcheck", 1, ()),
    "alembic": read.LintRun("alembic", 0, ()),
    "sql-lint": read.LintRun("squawk", 1, ()),
    "compilers": read.LintRun("ruff check", 10, ()),
    "freshness": read.Freshness("backend/requirements.in", "uv", 5, ()),
    "example-env": read.ExampleVariable("JWT_SECRET", HERE),
    "sources": read.Source(dockerfile="backend/Dockerfile", services=("backend", "migrate"), base="python:3.12"),
    "migration-tools": read.MigrationTool("Alembic", "backend/migrations", ("alembic", "upgrade", "head")),
    "init-scripts": read.InitScripts((), (), False),
    "programs": read.Program(service="backend", exposed=(8081,), health=True),
    "proxies": read.Proxy("nginx", None, "the sample has no files"),
    "certificates": read.CertificateFile(
        path="/etc/certs/tls.crt",
        state="here",
        key="here",
        origin=HERE,
        names=("localhost",),
        not_before=NOW - DAY,
        not_after=NOW + 80 * DAY,
        now=NOW,
    ),
    "operations": read.SourceLine("certbot renew --deploy-hook 'nginx -s reload'", HERE),
}
"""One good value for each fact (of the elements, where the fact is a list)."""

_EMPTY_WHEN_GOOD = frozenset({"foreign", "example-env", "proxies", "operations"})
_OF_IMAGES = ("image-files", "dockerfile-lint", "health-trial", "start-trial", "former-image")
_OF_COPIES = ("boot", "readiness", "stopping", "config-test", "listening", "health-answer")
_KEYS = {key.name: key for key in keys.ALL}


def healthy_facts(of: Stack) -> Facts:
    """Readings under which every live check passes, for the services of the stack."""
    facts = [_stack_fact(key.name) for key in keys.ALL if key.scope == "stack" and key.name in PROTOTYPES]
    for each in of.services:
        facts.extend(_service_facts(each))
    return Facts(facts)


def _stack_fact(name: str) -> Fact:
    value = PROTOTYPES[name]
    if name == "routes":
        value = (route("/"), route("/health"), redirect())
    elif name in _EMPTY_WHEN_GOOD:
        value = ()
    elif _is_list(name):
        value = (value,)
    return Fact(name, STACK, Known(value, (), NOW))


def _service_facts(of: Service) -> list[Fact]:
    """A service has containers, and logins only where it has the URLs for them."""
    job = of.role is Role.JOB
    state = msgspec.structs.replace(container(of.name), **({"state": "exited", "health": "none"} if job else {}))
    values: dict[str, Any] = {"containers": (state,)}
    for name in ("logs", "window", "image", "build", "dockerignore", *_OF_IMAGES, *_OF_COPIES):
        values[name] = PROTOTYPES[name]
    values["inputs"] = (PROTOTYPES["inputs"],)
    values["processes"] = () if job else (PROTOTYPES["processes"],)
    values["usage"] = () if job else (PROTOTYPES["usage"],)
    values["database-logins"] = (PROTOTYPES["database-logins"],) if of.variable("DATABASE_URL") else ()
    values["cache-logins"] = (PROTOTYPES["cache-logins"],) if of.variable("REDIS_URL") else ()
    subject = service_subject(of.name)
    return [Fact(name, subject, Known(value, (), NOW)) for name, value in values.items()]


def _is_list(name: str) -> bool:
    return "tuple" in str(_KEYS[name].type)


def overlay(facts: Facts, changes: Mapping[str, Mapping[str, Any]]) -> Facts:
    """Facts with readings replaced: key -> subject -> value, each object laid over its prototype.

    The value ``{"unknown": "reason"}`` makes the reading unknown.
    """
    laid = []
    for name, by_subject in changes.items():
        for subject, value in by_subject.items():
            laid.append(_changed(name, subject, value))
    return facts.merged(laid)


def _changed(name: str, subject: str, value: Any) -> Fact:
    if isinstance(value, dict) and set(value) == {"unknown"}:
        entry: dict[str, Any] = {"type": "unknown", "reason": value["unknown"]}
    else:
        entry = {"type": "known", "value": _filled(name, value)}
    raw = {"key": name, "subject": subject, "reading": entry}
    return next(iter(Facts.from_json([raw], keys.ALL)))


def _filled(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_filled(name, element) for element in value]
    prototype = PROTOTYPES.get(name)
    if isinstance(value, dict) and prototype is not None:
        return {**msgspec.to_builtins(prototype), **value}
    return value
