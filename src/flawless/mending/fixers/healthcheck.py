"""A healthcheck for images whose own client or curl can ask them, and for nothing else.

The test must be certain: the program is in the image, it asks the server and not the socket of an initialising one, and
it fails when the server does not answer. Anything that moves the port leaves the service alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.mending.case import Case, Fixer, LeftAloneError
from flawless.mending.compose import block_of
from flawless.mending.known import official_name
from flawless.model.fix import Fix
from flawless.model.keys import PROXY_CONFIG
from flawless.model.nginx import Directive, NginxConfig

_POSTGRES = (
    'pg_isready -q -h 127.0.0.1 -U "$${POSTGRES_USER:-postgres}" -d "$${POSTGRES_DB:-$${POSTGRES_USER:-postgres}}"'
)
# NOAUTH: it answers and asks for a password; while it still loads its data it says LOADING.
_PING = '{}-cli ping | grep -Eq "PONG|NOAUTH"'
_TESTS = {
    "postgres": _POSTGRES,
    "redis": _PING.format("redis"),
    "valkey": _PING.format("valkey"),
    "mysql": "mysqladmin ping --silent -h 127.0.0.1",
    "rabbitmq": "rabbitmq-diagnostics -q ping",
}
_MOVES = re.compile(r"\s(?:--?port|-p)[\s=]|port=|\.conf\b|--tls-port")
_NAMES_ELSEWHERE = frozenset({"PGPORT", "POSTGRES_USER_FILE", "POSTGRES_DB_FILE", "MYSQL_TCP_PORT"})
_PLAIN = re.compile(r"(?:(?:\*|0\.0\.0\.0|\[::\]):)?(\d+)")


def mend(case: Case) -> Fix:
    """A ``healthcheck`` with a test that is known to fit the image."""
    test = _test(case).replace("'", "''")
    value = {
        "test": f"[\"CMD-SHELL\", '{test}']",
        "interval": "10s",
        "timeout": "5s",
        "retries": "5",
        "start_period": "30s",
    }
    if case.service.health is not None:
        raise LeftAloneError("its healthcheck is switched off on purpose")
    block = block_of(case, "healthcheck")
    return case.fix(block.source.file, f"a healthcheck for {case.service.name}", block.put(("healthcheck",), value))


def _test(case: Case) -> str:
    name = official_name(case.service.image)
    if name == "nginx" and "slim" not in case.service.image:
        return _nginx(case.view.find(PROXY_CONFIG))
    if name not in _TESTS:
        raise LeftAloneError("what its image answers, and with which program to ask, is not known")
    started = f" {' '.join((*(case.service.entrypoint or ()), *(case.service.command or ())))} "
    names = {variable.name for variable in case.service.env}
    if case.service.entrypoint or _MOVES.search(started) or names & _NAMES_ELSEWHERE:
        raise LeftAloneError("it is started in a way that may move its port")
    return _TESTS[name]


def _nginx(config: NginxConfig | None) -> str:
    """A path that answers 2xx by itself, on a port where no other server could be meant."""
    servers = config.servers() if config else ()
    for server in servers:
        for port in _plain_ports(server):
            alone = sum(port in _plain_ports(other) for other in servers) == 1
            path = next(_health_paths(server), "")
            if alone and path:
                return f"curl -fsS -o /dev/null http://127.0.0.1:{port}{path}"
    raise LeftAloneError("its configuration has no location that answers a healthcheck without TLS")


def _plain_ports(server: Directive) -> set[str]:
    listens = [listen.args for listen in server.children("listen") if listen.args and "ssl" not in listen.args]
    return {found[1] for args in listens if (found := _PLAIN.fullmatch(args[0]))}


def _health_paths(server: Directive) -> Iterator[str]:
    redirects = server.children("return") or server.children("rewrite")
    for location in () if redirects else server.children("location"):
        answers = [step.args[:1] for step in location.children("return")]
        path = location.args[-1] if location.args else ""
        if re.fullmatch(r"/[\w/-]*(?:health|ping|ready|live)[\w/-]*", path) and answers in ([("200",)], [("204",)]):
            yield path


FIXER = Fixer("healthcheck-missing", mend)
