"""What programs and the engine write, as far as we know their wording, by the cause; and what healthy ones write."""

from __future__ import annotations

from typing import Any, NamedTuple

EXITED = {"state": "exited", "health": "none", "exit_code": 1}
LOOPS = {"state": "restarting", "health": "none", "exit_code": 1, "restart_count": 4}
WELL: dict[str, Any] = {}


class Shown(NamedTuple):
    """A cause, the line that has to be its evidence, and the state of the container; "" as line: the state says it."""

    cause: str
    line: str = ""
    state: dict[str, Any] = LOOPS
    check: str = ""
    usage: dict[str, Any] = WELL
    host: dict[str, Any] = WELL


def _engine(text: str) -> dict[str, Any]:
    return {"state": "created", "health": "none", "exit_code": 128, "error": text}


_RUNC = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
)
_START = "unable to start container process: error during container init: "

SHOWN = (
    Shown("wrong-architecture", "exec /usr/local/bin/app: exec format error"),
    Shown(
        "missing-binary",
        state=_engine(f'{_RUNC}{_START}exec: "/app/server": stat /app/server: no such file or directory: unknown'),
    ),
    Shown(
        "missing-binary", state=_engine(f'{_RUNC}{_START}exec: "serve": executable file not found in $PATH: unknown')
    ),
    Shown("missing-binary", "exec /entrypoint.sh: no such file or directory"),
    Shown(
        "missing-library",
        "/app: error while loading shared libraries: libssl.so.1.1: cannot open shared object file: No such file or directory",  # noqa: E501
    ),
    Shown(
        "missing-library", "/app: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /app)"
    ),
    Shown("missing-module", "ModuleNotFoundError: No module named 'fastapi'"),
    Shown("missing-module", "Error: Cannot find module 'express'"),
    Shown("not-executable", "sh: 1: /start.sh: Permission denied", {**EXITED, "exit_code": 126}),
    Shown("not-executable", state=_engine(f'{_RUNC}{_START}exec: "/start.sh": permission denied: unknown')),
    Shown("permission-denied", "PermissionError: [Errno 13] Permission denied: '/data/app.log'"),
    Shown("permission-denied", "Error: EACCES: permission denied, open '/data/app.log'"),
    Shown("permission-denied", 'nginx: [emerg] open() "/run/nginx.pid" failed (13: Permission denied)'),
    Shown("read-only-filesystem", "OSError: [Errno 30] Read-only file system: '/app/cache'"),
    Shown(
        "port-in-use",
        state=_engine(
            "driver failed programming external connectivity on endpoint web (1f): Bind for 0.0.0.0:8080 failed: port is already allocated"  # noqa: E501
        ),
    ),
    Shown("listen-port-in-use", "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)"),
    Shown("listen-port-in-use", "Error: listen EADDRINUSE: address already in use :::3000"),
    Shown(
        "name-conflict", "the name web is held by a container of another project", WELL, "foreign-container-holds-name"
    ),
    Shown("memory-limit", state={**LOOPS, "exit_code": 137, "oom_killed": True}),
    Shown("heap-exhausted", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"),
    Shown("heap-exhausted", 'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space'),
    Shown("name-not-resolved", "curl: (6) Could not resolve host: backend", {**EXITED, "exit_code": 6}),
    Shown("name-not-resolved", "Error: getaddrinfo ENOTFOUND postgres"),
    Shown(
        "name-not-resolved", 'could not translate host name "postgres" to address: Temporary failure in name resolution'
    ),
    Shown("name-not-resolved", "dial tcp: lookup redis on 127.0.0.11:53: no such host"),
    Shown(
        "proxy-host-not-found",
        'nginx: [emerg] host not found in upstream "backend" in /etc/nginx/conf.d/default.conf:4',
    ),
    Shown(
        "connection-refused",
        "curl: (7) Failed to connect to db port 5432 after 0 ms: Couldn't connect to server",
        EXITED,
    ),
    Shown("connection-refused", "Error: connect ECONNREFUSED 172.18.0.3:5432"),
    Shown("connection-refused", "dial tcp 172.18.0.3:5432: connect: connection refused"),
    Shown("database-starting", "FATAL:  the database system is starting up"),
    Shown("database-absent", 'FATAL:  database "shop" does not exist'),
    Shown("database-role-absent", 'FATAL:  role "shop" does not exist'),
    Shown("database-password", 'FATAL:  password authentication failed for user "shop"'),
    Shown("database-connections", "FATAL:  sorry, too many clients already"),
    Shown("database-volume-version", "FATAL:  database files are incompatible with server"),
    Shown("database-damaged", "PANIC:  could not locate a valid checkpoint record"),
    Shown("database-password-unset", "Error: Database is uninitialized and superuser password is not specified."),
    Shown("migration-incomplete", 'ERROR:  relation "orders" does not exist at character 15'),
    Shown("migration-incomplete", 'ERROR:  column "total" of relation "orders" does not exist'),
    Shown("redis-no-auth", "NOAUTH Authentication required."),
    Shown("redis-wrong-password", "WRONGPASS invalid username-password pair or user is disabled."),
    Shown(
        "redis-cannot-save",
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    ),
    Shown("redis-memory", "OOM command not allowed when used memory > 'maxmemory'."),
    Shown("disk-full", "ERROR:  could not extend file: No space left on device"),
    Shown("disk-full", "OSError: [Errno 28] No space left on device"),
    Shown("too-many-open-files", "Error: EMFILE: too many open files, open '/app/index.html'"),
    Shown("too-many-open-files", "accept tcp [::]:8080: accept4: too many open files"),
    Shown(
        "certificate-unreadable",
        'nginx: [emerg] cannot load certificate "/etc/tls/site.crt": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory)',  # noqa: E501
    ),
    Shown(
        "certificate-key-mismatch",
        'nginx: [emerg] SSL_CTX_use_PrivateKey("/etc/tls/site.key") failed (SSL: error:05800074:x509 certificate routines::key values mismatch)',  # noqa: E501
    ),
    Shown("certificate-expired", "Error: certificate has expired"),
    Shown("certificate-not-yet-valid", "Error: certificate is not yet valid"),
    Shown("proxy-config-rejected", 'nginx: [emerg] unknown directive "proxy_pas" in /etc/nginx/nginx.conf:12'),
    Shown(
        "upstream-refused",
        "2026/01/02 03:04:05 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream",
        WELL,
    ),
    Shown(
        "upstream-slow",
        "2026/01/02 03:04:05 [error] 7#7: *1 upstream timed out (110: Connection timed out) while reading response header",  # noqa: E501
        WELL,
    ),
    Shown(
        "upstream-resolved-once",
        "proxy_pass names backend, which is resolved at the start only",
        WELL,
        "upstream-resolved-once",
    ),
    Shown(
        "healthcheck-at-fault",
        state={
            "health": "unhealthy",
            "health_output": 'OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown',  # noqa: E501
        },
    ),
    Shown("environment-missing", "KeyError: 'DATABASE_URL'"),
    Shown("environment-missing", "/start.sh: line 3: DATABASE_URL: unbound variable"),
    Shown("environment-missing", "Error: environment variable not found"),
    Shown("secret-absent", "FileNotFoundError: [Errno 2] No such file or directory: '/run/secrets/db_password'"),
    Shown("env-name-drift", "the program reads DB_URL, and DATABASE_URL is set", WELL, "env-name-drift"),
    Shown("stub-shipped", "the image holds a stub", WELL, "stub-build-shipped"),
    Shown("panicked", "thread 'main' panicked at src/main.rs:4:5:"),
    Shown("panicked", "panic: runtime error: index out of range [3] with length 3"),
    Shown("ended-at-once", state={**LOOPS, "exit_code": 0}),
    Shown("no-container", "the engine has no container of backend"),
    Shown("ended-at-once", state={**EXITED, "exit_code": 0}),
    Shown("ended-with-0", "done", {**LOOPS, "exit_code": 0}),
    Shown("ended-with-1", "something went wrong", EXITED),
    Shown("ended-with-126", state={**EXITED, "exit_code": 126}),
    Shown("ended-with-127", "/start.sh: line 2: gunicorn: command not found", {**EXITED, "exit_code": 127}),
    Shown("ended-with-134", "Aborted", {**EXITED, "exit_code": 134}),
    Shown("ended-with-137", state={**EXITED, "exit_code": 137}),
    Shown("ended-with-139", state={**EXITED, "exit_code": 139}),
    Shown("ended-with-143", state={**EXITED, "exit_code": 143}),
    Shown(
        "cpu-throttled",
        "waits for its limit of 0.05 CPU in 90%",
        {},
        usage={"cpu_limit": 0.05, "waits": 0.9, "waited": 0.8},
    ),
    Shown(
        "cpu-throttled",
        "waits for its limit of 1 CPU in 50%",
        {**LOOPS, "health": "unhealthy"},
        usage={"cpu_limit": 1.0, "waits": 0.5, "waited": 0.25},
    ),
    Shown("host-memory", "nothing ran for want of memory in 23% of the last 10 seconds", {}, host={"stalled": 0.234}),
    Shown("host-memory", "81 of 8192 MiB of the machine's memory are left", {}, host={"memory_free": 81 * 1024**2}),
    Shown("clock-wrong", "jwt.exceptions.ImmatureSignatureError: The token is not yet valid (iat)"),
    Shown("clock-wrong", "An error occurred (RequestTimeTooSkewed) when calling the PutObject operation"),
    Shown("clock-wrong", "tar: it: time stamp 2040-01-01 00:00:00 is 413596799.9 s in the future"),
)

HEALTHY: dict[str, tuple[str, ...]] = {
    "postgres while it starts": (
        "FATAL:  the database system is starting up",
        "LOG:  database system is ready to accept connections",
    ),
    "postgres with a mistyped login long ago": ('FATAL:  role "root" does not exist',),
    "a backend that waited": ("dial tcp 172.18.0.3:5432: connect: connection refused", "listening on :8080"),
    "a backend that speaks of errors": ("INFO 0 errors, 0 warnings, cache OOM guard on", "INFO open files limit 65536"),
    "nginx": ('172.18.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /health HTTP/1.1" 200 2', "start worker process 29"),
    "nginx that answers 502 by request": ('"GET /docs/502 HTTP/1.1" 200 17',),
    "redis": ("* Ready to accept connections tcp", "* Background saving terminated with success"),
    "node": ("Server listening on port 3000", "GET /permission-denied 200"),
    "python": ("INFO:     Application startup complete.", "INFO:     Uvicorn running on http://0.0.0.0:8000"),
    "jvm": ("Started Application in 3.1 seconds", "HikariPool-1 - Start completed."),
}
