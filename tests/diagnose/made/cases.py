"""Causes made with real programs: what a service runs, and the cause that has to be named first of it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

Service = dict[str, Any]
IMAGE = "flawless-causes:local"
TAKEN = "flawless-causes-taken"


class Made(Struct, frozen=True):
    """A service that fails of ``cause``; ``line`` is part of the evidence, ``how`` says in words what is done."""

    name: str
    cause: str
    line: str
    how: str
    service: Service
    signal: str = ""


def sh(script: str, **more: Any) -> Service:
    """A service that runs a script of the shell."""
    return {"command": ["sh", "-c", script.replace("$", "$$")], **more}


def python(script: str, **more: Any) -> Service:
    return {"command": ["python3", "-c", script], **more}


def database(*options: str, **more: Any) -> Service:
    environment = {name: str(more.pop(name)).replace("$", "$$") for name in ("BEFORE", "METHOD") if name in more}
    return {"command": ["database", *options], "user": "postgres", "environment": environment, **more}


def asks(host: str, question: str, **more: Any) -> Service:
    """A client that waits for a database to answer and then asks it."""
    return sh(f"until pg_isready -q -h {host}; do sleep 0.2; done; exec psql '{question}'", **more)


def redis(host: str, command: str) -> Service:
    """A client that waits for Redis to answer, asks it, and ends as real ones do when it refuses."""
    wait = f"until redis-cli -h {host} ping >/dev/null; do sleep 0.2; done"
    return sh(f"{wait}; redis-cli -h {host} {command}; exit 1")


def proxy(block: str, **more: Any) -> Service:
    return {"command": ["proxy", block.replace("$", "$$")], **more}


def asked_proxy(block: str) -> Service:
    """A proxy that is asked once it serves."""
    ask = "until curl -s -o /dev/null http://127.0.0.1:8080/; do sleep 0.3; done"
    return sh(f"({ask}) & exec proxy '{block}'")


def serves(certificate: str, key: str) -> str:
    return f"ssl_certificate {certificate}; ssl_certificate_key {key};"


# What the others talk to. They run well.
WELL: dict[str, Service] = {
    "database": database(),
    "trusting": database(METHOD="trust"),
    "recovering": database(
        BEFORE="touch /tmp/data/recovery.signal; "
        "echo \"restore_command = 'sleep 900; false'\" >>/tmp/data/postgresql.conf"
    ),
    "locked": {"command": ["redis-server", "--requirepass", "right", "--protected-mode", "no"]},
    "cache": {"command": ["redis-server", "--protected-mode", "no", "--save", ""]},
    "full": {"command": ["redis-server", "--maxmemory", "500kb", "--protected-mode", "no", "--save", ""]},
    "slow": python(
        "import http.server, time\n"
        "class Slow(http.server.BaseHTTPRequestHandler):\n"
        "    def do_GET(self):\n"
        "        time.sleep(60)\n"
        "http.server.ThreadingHTTPServer(('', 8080), Slow).serve_forever()"
    ),
    "expired": proxy("listen 8443 ssl; " + serves("/made/expired.pem", "/made/expired.key")),
    "early": proxy("listen 8443 ssl; " + serves("/made/early.pem", "/made/early.key")),
    "site": proxy(
        "return 204;", healthcheck={"test": ["CMD", "curl", "-fs", "http://127.0.0.1:8080/"], "interval": "1s"}
    ),
    "chatty": sh("while true; do echo '0 errors, connection refused: 0, none failed'; sleep 1; done"),
    "idle": sh("exec sleep 900", read_only=True, mem_limit="16m"),
    "worker": python("import time\nprint('Error budget 99.9 %', flush=True)\ntime.sleep(900)"),
    "retried": redis("cache", "SET a b >/dev/null && sleep 900"),
}

# Others talk to it too; that it is crowded is told of it as well.
OTHERS: dict[str, Service] = {
    "crowded": database("-c", "max_connections=5", "-c", "superuser_reserved_connections=0", METHOD="trust"),
}

_WHOLE = "import http.client as h; h.HTTPConnection({0!r}, {1}, timeout=5).request('GET', '/')"
_EACH_SECOND = {"interval": "1s", "retries": 1}

MADE: tuple[Made, ...] = (
    Made("absent", "missing-binary", "serve-it", "command that the image does not have", {"command": ["serve-it"]}),
    Made(
        "interpreter", "missing-binary", "/tmp/it: not found", "script whose interpreter is not there",
        sh("printf '#!/usr/bin/python9\\n' >/tmp/it; chmod +x /tmp/it; exec /tmp/it"),
    ),
    Made("passwd", "not-executable", "permission denied", "file that may not be executed",
         {"command": ["/etc/passwd"]}),
    Made("called", "not-executable", "Permission denied", "script that calls such a file, 126", sh("/etc/passwd")),
    Made("frobnicate", "ended-with-127", "frobnicate: not found", "script that calls a program that is not there",
         sh("frobnicate --now")),
    Made("library", "missing-library", "libcurl.so.4", "shared library removed",
         sh("rm /usr/lib/*/libcurl.so.4*; exec curl http://site")),
    Made("module", "missing-module", "No module named 'flask'", "Python without a module", python("import flask")),
    Made("foreign", "wrong-architecture", "Exec format error", "program for another processor",
         sh("cp /bin/true /tmp/it; printf '\\267' | dd of=/tmp/it bs=1 seek=18 conv=notrunc status=none; "
            "exec /tmp/it")),
    Made("hungry", "memory-limit", "limit of 16 MiB", "more memory than its limit",
         {"command": ["tail", "/dev/zero"], "mem_limit": "16m", "memswap_limit": "16m"}),
    Made("heap", "heap-exhausted", "MemoryError", "Python under a limit of its own",
         sh("ulimit -v 300000; exec python3 -c 'x = bytearray(10**9)'")),
    Made("nothing", "ended-at-once", "it logged nothing", "program that does nothing", {"command": ["true"]}),
    Made("batch", "ended-with-0", "last words: all done", "program that ends well", sh("echo all done")),
    Made("wrong", "ended-with-1", "last words: no such customer", "program with an error of its own",
         sh("echo no such customer; exit 1")),
    Made("abort", "ended-with-134", "exit code 134", "abort()", python("import os; os.abort()", init=True)),
    Made("killed", "ended-with-137", "exit code 137", "SIGKILL from outside", sh("exec sleep 900"), signal="KILL"),
    Made("segfault", "ended-with-139", "exit code 139", "a null pointer",
         python("import ctypes; ctypes.string_at(0)", init=True)),
    Made("ended", "ended-with-143", "exit code 143", "SIGTERM from outside",
         sh("exec sleep 900", init=True), signal="TERM"),
    Made("denied", "permission-denied", "Permission denied", "user without rights on a folder",
         sh("echo x >/etc/it", user="10001:10001")),
    Made("bind", "permission-denied", "PermissionError: [Errno 13]", "mounted folder of somebody else",
         python("open('/made/it', 'w')", user="10001:10001")),
    Made("readonly", "read-only-filesystem", "Read-only file system", "write to a read-only root",
         python("open('/it', 'w')", read_only=True)),
    Made("disk", "disk-full", "No space left on device", "full tmpfs",
         sh("exec dd if=/dev/zero of=/small/it bs=64k", tmpfs=["/small:size=1m"])),
    Made("inodes", "disk-full", "No space left on device", "tmpfs without inodes",
         sh("set -e; for n in 1 2 3 4 5 6 7 8 9; do touch /small/$n; done", tmpfs=["/small:nr_inodes=5"])),
    Made("key", "environment-missing", "KeyError: 'DATABASE_URL'", "Python without a variable",
         python("import os; os.environ['DATABASE_URL']")),
    Made("unset", "environment-missing", "DATABASE_URL: parameter not set", "shell without a variable",
         sh("set -u; echo $DATABASE_URL")),
    Made("twice", "listen-port-in-use", "Address already in use", "two listeners on one port",
         python("import socket\nheld = [socket.create_server(('', 8080)) for _ in range(2)]")),
    Made("both", "listen-port-in-use", "bind() to 0.0.0.0:8080 failed", "nginx beside another listener",
         sh("python3 -m http.server 8080 & sleep 1; exec proxy ''")),
    Made("port", "port-in-use", "port is already allocated", "published port of another container",
         sh("exec sleep 900", ports=["127.0.0.1:{port}:80"])),
    Made("holder", "name-conflict", TAKEN, "container name of somebody else",
         sh("exec sleep 900", container_name=TAKEN)),
    Made("stranger", "name-not-resolved", "nowhere", "psql asks a host that is not there",
         sh("exec psql 'host=nowhere user=postgres'")),
    Made("resolver", "name-not-resolved", "Errno -", "Python asks a host that is not there",
         python(_WHOLE.format("nowhere", 80))),
    Made("curled", "name-not-resolved", "Could not resolve host: nowhere", "curl asks a host that is not there",
         sh("exec curl -sS http://nowhere/")),
    Made("refused", "connection-refused", "Connection refused", "Python asks a port that nobody listens on",
         python(_WHOLE.format("idle", 5432))),
    Made("connect", "connection-refused", "Failed to connect to idle", "curl asks a port that nobody listens on",
         sh("exec curl -sS http://idle:5432/")),
    Made("libpq", "connection-refused", "Connection refused", "psql asks a port that nobody listens on",
         sh("exec psql 'host=idle user=postgres'")),
    Made("nodb", "database-absent", 'database "orders" does not exist', "database that was never made",
         asks("database", "host=database user=postgres password=right dbname=orders")),
    Made("norole", "database-role-absent", 'role "shop" does not exist', "role that was never made",
         asks("trusting", "host=trusting user=shop dbname=postgres")),
    Made("password", "database-password", "password authentication failed", "another password than the volume's",
         asks("database", "host=database user=postgres password=wrong")),
    Made("many", "database-connections", "too many clients already", "more connections than there are",
         sh("until pg_isready -q -h crowded; do sleep 0.2; done; "
            "for n in 1 2 3 4 5; do psql -h crowded -U postgres -c 'select pg_sleep(900)' & done; sleep 3; "
            "exec psql -h crowded -U postgres -c 'select 1'")),
    Made("early-bird", "database-starting", "the database system is", "database that still recovers",
         sh("until pg_isready -h recovering | grep -q rejecting; do sleep 0.2; done; "
            "exec psql 'host=recovering user=postgres password=right'")),
    Made("older", "database-volume-version", "incompatible with server", "volume of another major version",
         database(BEFORE="echo 14 >/tmp/data/PG_VERSION")),
    Made("damaged", "database-damaged", "checkpoint record", "write-ahead log removed",
         database(BEFORE="rm -rf /tmp/data/pg_wal/0*")),
    Made("schema", "migration-incomplete", 'relation "orders" does not exist', "schema without a table",
         sh("until pg_isready -q -h trusting; do sleep 0.2; done; "
            "exec psql -h trusting -U postgres -v ON_ERROR_STOP=1 -c 'select * from orders'")),
    Made("noauth", "redis-no-auth", "NOAUTH", "no password for Redis", redis("locked", "SET a b")),
    Made("wrongpass", "redis-wrong-password", "WRONGPASS", "wrong password for Redis",
         redis("locked", "--no-auth-warning -a wrong SET a b")),
    Made("maxmemory", "redis-memory", "OOM command not allowed", "Redis at its maxmemory", redis("full", "SET a b")),
    Made("dump", "redis-cannot-save", "Failed opening the temp RDB file", "Redis that may not write its folder",
         sh("redis-server --dir /etc --save '1 1' --port 6379 & sleep 1; redis-cli SET a b; wait", user="redis")),
    Made("curl-expired", "certificate-expired", "certificate has expired", "curl asks a server with an old certificate",
         sh("sleep 2; exec curl -sS --cacert /made/expired.pem https://expired:8443/")),
    Made("curl-early", "certificate-not-yet-valid", "certificate is not yet valid", "curl asks a server with a new one",
         sh("sleep 2; exec curl -sS --cacert /made/early.pem https://early:8443/")),
    Made("mismatch", "certificate-key-mismatch", "key values mismatch", "nginx with the key of another certificate",
         proxy("listen 8443 ssl; " + serves("/made/expired.pem", "/made/early.key"))),
    Made("unreadable", "certificate-unreadable", "cannot load certificate", "nginx without its certificate",
         proxy("listen 8443 ssl; " + serves("/made/absent.pem", "/made/absent.key"))),
    Made("directive", "proxy-config-rejected", "unknown directive", "nginx with a mistyped line",
         proxy("proxy_pas http://site;")),
    Made("unclosed", "proxy-config-rejected", "unexpected", "nginx with a bracket too many", proxy("location / { } }")),
    Made("upstream", "proxy-host-not-found", "host not found in upstream", "nginx before its upstream",
         proxy("location / { proxy_pass http://nowhere:80; }")),
    Made("gateway", "upstream-refused", "connect() failed (111", "nginx in front of a closed port",
         asked_proxy("location / { proxy_pass http://idle:80; }")),
    Made("timeout", "upstream-slow", "upstream timed out (110", "nginx in front of a service that takes long",
         asked_proxy("location / { proxy_pass http://slow:8080; proxy_read_timeout 1s; }")),
    Made("secret", "secret-absent", "/run/secrets/token", "Python without a secret's file",
         python("open('/run/secrets/token')")),
    Made("cat-secret", "secret-absent", "/run/secrets/token", "shell without a secret's file",
         sh("exec cat /run/secrets/token")),
    Made("files", "too-many-open-files", "Too many open files", "limit of open files",
         python("held = [open('/dev/null') for _ in range(99)]", ulimits={"nofile": 32})),
    Made("unchecked", "healthcheck-at-fault", "executable file not found", "healthcheck calls what is not there",
         sh("exec sleep 900", healthcheck={"test": ["CMD", "wget", "http://127.0.0.1"], **_EACH_SECOND})),
    Made("shell-check", "healthcheck-at-fault", "wget: not found", "healthcheck calls it through a shell",
         sh("exec sleep 900", healthcheck={"test": "wget http://127.0.0.1", **_EACH_SECOND})),
    Made("slowed", "cpu-throttled", "waits for its limit of 0.05 CPU", "busy program with a small CPU limit",
         sh("while :; do :; done", cpus=0.05)),
    Made("future", "clock-wrong", "s in the future", "archive of a machine whose clock is ahead",
         sh("cd /tmp && touch -d '+400 days' it && tar cf it.tar it && rm it && tar xf it.tar; exit 1")),
    Made("never", "no-container", "no container", "service that was not started", sh("exec sleep 900")),
)  # fmt: skip
