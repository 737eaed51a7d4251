"""How fast the reference stack answers from a million rows, and whether its memory stays flat under load."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from statistics import median, quantiles
from urllib.parse import urlencode

from benchmarks import memory
from benchmarks.filled import AUDIT_ENTRIES, DEPLOYMENTS, filled
from benchmarks.place import Place
from benchmarks.table import Row
from stack.tests.harness import Login, Site
from stack.tests.load import Salvo, Shot, fire

RATE, TARGET = 50.0, 0.050
# Each endpoint has its load in turn, so many times over, and its figure is the median of its turns: a host that takes
# the processor away for half a second spoils one turn of one endpoint, whatever that endpoint is.
TURN, FEW_TURNS, MANY_TURNS = 2.0, 3, 9
SHORT_MINUTES, LONG_MINUTES = 2.0, 10.0
RENEWED = 240.0  # seconds of load with one access token
WATCHED = ("backend", "postgres", "nginx", "redis")


def measure(place: Place) -> Iterator[Row]:
    """p95 of every list and show, at the backend and beside it through the proxy; then memory over minutes of load."""
    full = bool(os.environ.get("FLAWLESS_FULL"))
    turns = MANY_TURNS if full else FEW_TURNS
    minutes = place.minutes or (LONG_MINUTES if full else SHORT_MINUTES)
    with filled(place.site.folder.parent / "filled", f"benchstack{os.getpid()}") as site:
        asked = list(endpoints(site, site.login("admin")))
        _fired(site.backend, _shots(asked, site), 5.0, site)  # fills the caches as a day of work would have
        directly, proxied = _in_turns(site.backend, asked, turns, site), _in_turns(site.origin, asked, turns, site)
        yield from (_row(name, directly[name], proxied[name]) for name, _ in asked)
        yield from _memory(site, minutes)


def endpoints(site: Site, reader: Login) -> Iterator[tuple[str, str]]:
    """(name, path) of every list with every filter, and of everything that shows one thing."""
    middle = _moment(site, "created_at", f"deployments where id = {DEPLOYMENTS // 2}")
    late = _moment(site, "at", f"audit_log where seq = {AUDIT_ENTRIES // 2}")
    deployments = {
        "service": "service-7", "environment": "production", "state": "failed", "who": "bench-3",
        "since": middle, "until": middle,
    }  # fmt: skip
    audit = {
        "actor": "bench-3", "action": "login", "subject": "deployment:777", "outcome": "failure",
        "since": late, "until": late,
    }  # fmt: skip
    yield from _lists("/api/deployments", "deployments", deployments)
    yield "deployments, a state that none has", "/api/deployments?state=running"
    yield "deployments, from a cursor in the middle", _behind(site, reader, f"/api/deployments?until={middle}")
    yield from _lists("/api/audit", "audit", audit)
    yield "audit, from a cursor in the middle", _behind(site, reader, f"/api/audit?until={late}")
    yield "one deployment", f"/api/deployments/{DEPLOYMENTS // 3}"
    yield "users", "/api/users"
    yield "own sessions", "/api/auth/sessions"
    yield "own account", "/api/auth/me"


def _moment(site: Site, column: str, row: str) -> str:
    """A time in the middle of a table, as the API takes it."""
    return site.psql(f"select to_char({column} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from {row}")


def _lists(path: str, name: str, filters: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield f"{name}, newest", path
    yield f"{name}, 100 at once", f"{path}?limit=100"
    for parameter, value in filters.items():
        yield f"{name} by {parameter}", f"{path}?{urlencode({parameter: value})}"
    together = {parameter: value for parameter, value in filters.items() if parameter != "since"}
    yield f"{name} by all of them", f"{path}?{urlencode(together)}"


def _behind(site: Site, reader: Login, path: str) -> str:
    """The page after this one."""
    answer = site.request("GET", path, login=reader)
    return f"{path}&cursor={answer.json()['next']}"


def _shots(asked: list[tuple[str, str]], site: Site) -> list[Shot]:
    """The endpoints, asked by an admin who has just logged in."""
    bearer = site.login("admin").bearer
    return [Shot(name, "GET", path, bearer) for name, path in asked]


def _in_turns(base: str, asked: list[tuple[str, str]], turns: int, site: Site) -> dict[str, list[float]]:
    """The p95 of each turn, in seconds, by the name of the endpoint."""
    taken: dict[str, list[float]] = {name: [] for name, _ in asked}
    for turn in range(turns):
        print(f"measuring {len(asked)} endpoints at {base}, turn {turn + 1} of {turns}", file=sys.stderr)
        for shot in _shots(asked, site):
            taken[shot.kind].append(p95(_fired(base, [shot], TURN, site)))
    return taken


def _fired(base: str, shots: list[Shot], seconds: float, site: Site) -> Salvo:
    return _good(asyncio.run(fire(base, shots, RATE, trust=site.trust, seconds=seconds)))


def _good(salvo: Salvo) -> Salvo:
    """The same; RuntimeError when a request failed: there is nothing to measure then."""
    if salvo.failures:
        raise RuntimeError(f"requests went wrong: {dict(salvo.failures)}")
    return salvo


def p95(salvo: Salvo) -> float:
    """Seconds within which 95 of 100 requests were answered."""
    return quantiles([outcome.seconds for outcome in salvo.outcomes], n=100)[94]


def _row(name: str, directly: list[float], proxied: list[float]) -> Row:
    return Row(
        section="stack",
        what=f"p95 {name}",
        measured=median(directly),
        beside=median(proxied),
        peer="through nginx",
        target=TARGET,
        rule="fixed",
        runs=len(directly),
    )


def _mixed(site: Site) -> list[Shot]:
    """What a panel and a pipeline do, a tenth of it changes."""
    operator = site.new_account("operator").bearer
    body = {"service": "service-7", "revision": "load", "environment": "staging"}
    return [
        *(Shot("list", "GET", f"/api/deployments?service=service-{number}", operator) for number in range(4)),
        *(Shot("show", "GET", f"/api/deployments/{number * 99_991 + 1}", operator) for number in range(4)),
        Shot("version", "GET", "/version"),
        Shot("create", "POST", "/api/deployments", operator, body, 201),
    ]


async def _under_load(site: Site, seconds: float) -> memory.Samples:
    """Samples of the memory under load; a session lives ten minutes, so each part of the load has its own."""
    load = asyncio.create_task(_loaded(site, seconds))
    samples = await memory.watched({service: site.containers(service)[0] for service in WATCHED}, load)
    await load
    return samples


async def _loaded(site: Site, seconds: float) -> None:
    while seconds > 0:
        shots = await asyncio.to_thread(_mixed, site)
        part = min(seconds, RENEWED)
        _good(await fire(site.origin, shots, RATE, trust=site.trust, seconds=part))
        seconds -= part


def _memory(site: Site, minutes: float) -> Iterator[Row]:
    print(f"measuring memory over {minutes:g} minutes of load", file=sys.stderr)
    yield from memory.rows(asyncio.run(_under_load(site, minutes * 60)), minutes)
