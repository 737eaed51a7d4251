"""Whether a failed login and a change of data leave an entry in the audit log."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_AUDIT
from flawless.model.observed_app import AuditTrial
from flawless.ports.bundle import Probe, Target
from flawless.ports.http import Answer
from flawless.probes.app._exchanges import ENDS_SESSION
from flawless.probes.app._login import log_in, login_operation, login_request
from flawless.probes.app._openapi import Operation
from flawless.probes.app._requests import route_of
from flawless.probes.app._visit import Visit, application, evidence, only_if_allowed, plainly, visit
from flawless.probes.live._services import UnseenError

_MOST = 60
_LOOKS = 8
_BETWEEN = 0.4
_PAGE = 10
_AUDIT = re.compile(r"/audit(?:s|[-_]?logs?|[-_]?events?|[-_]?trail)?/?$", re.IGNORECASE)
_CHANGES = 5
_LIMITED = 429
_UNTRIED = "no change was tried: write change = \"POST /api/…\" and change_body = '{…}' under [app] in flawless.toml"
_LINE = 'write audit = "GET /api/audit" under [app] in flawless.toml'

Act = Callable[[], Awaitable[bool]]


async def gather(target: Target) -> list[Fact]:
    """Reads the log twice with nothing between, then once after each of the two."""
    only_if_allowed(target)
    async with visit(target, most=_MOST) as now:
        found = await application(target, now)
        route = _route(target, found.operations)
        token = await log_in(target, now, found.operations)
        trial = await _tried(target, now, found.operations, route, token)
        said = evidence(target, now, "the audit log before and after")
    return [known(APP_AUDIT, STACK, trial, said, target.ports.clock.now())]


def _route(target: Target, operations: tuple[Operation, ...]) -> Operation:
    if said := target.settings.app.audit:
        return route_of(said)
    found = next((one for one in operations if one.method == "GET" and _AUDIT.search(one.route)), None)
    if found is None:
        raise UnseenError("nothing tells what answers with the audit log", remedy=_LINE)
    return found


async def _tried(
    target: Target, now: Visit, operations: tuple[Operation, ...], route: Operation, token: str
) -> AuditTrial:
    first, second = await plainly(now, route, token), await plainly(now, route, token)
    if first.status != 200:
        return AuditTrial(route=route.name, reason=f"{route.name} answered {first.status or first.error}")
    marker = f"flawless-{target.ports.ids.new(target.ports.clock.now())}"[:32]
    log = _Log(target, now, route, token)
    steady = first.body == second.body
    login = login_operation(target, operations)
    tried_login = await log.grows(lambda: _fail(target, now, login, marker), marker, steady) if login else None
    tried_change, untried = None, _UNTRIED
    for change in _changes(target, operations):
        tried_change = await log.grows(partial(_done, now, change, token), change.route, steady)
        if tried_change is not None:
            untried = ""
            break
        untried = f"{change.name} changed nothing: {_UNTRIED}"
    return AuditTrial(
        route=route.name,
        steady=steady,
        whole=_entries(first) < _PAGE,
        login=tried_login,
        change=tried_change,
        untried=untried,
    )


def _changes(target: Target, operations: tuple[Operation, ...]) -> list[Operation]:
    """The change that flawless.toml names; in a throwaway copy else those described that make something new."""
    said = target.settings.app
    if said.change:
        own = route_of(said.change, said.change_body)
        return [own if said.change_body else next((one for one in operations if one.name == own.name), own)]
    if not target.throwaway:
        return []
    login = login_operation(target, operations)
    return [
        one
        for one in operations
        if one.method == "POST" and one.body and not one.filled and one != login
        if not ENDS_SESSION.search(one.route) and not one.public
    ][:_CHANGES]


async def _done(now: Visit, change: Operation, token: str) -> bool:
    """Make the change; whether it was made."""
    return (await plainly(now, change, token)).status in range(200, 300)


async def _fail(target: Target, now: Visit, login: Operation | None, marker: str) -> bool:
    """Fail to log in; whether it was looked at."""
    if login is None:
        return False
    answer = await now.ask(login_request(target, login, marker, f"wrong-{marker}"))
    return 400 <= answer.status < 500 and answer.status != _LIMITED


class _Log:
    """The audit log, and whether it grows."""

    def __init__(self, target: Target, now: Visit, route: Operation, token: str) -> None:
        self._target, self._now, self._route, self._token = target, now, route, token

    async def grows(self, act: Act, marker: str, steady: bool) -> bool | None:
        """Whether an entry comes within some seconds; where the log is never still, one that names the marker.

        None: what should leave one was not done.
        """
        before = await plainly(self._now, self._route, self._token)
        if not await act():
            return None
        for _ in range(_LOOKS):
            after = await plainly(self._now, self._route, self._token)
            if after.status == 200 and self._has_more(before, after, marker, steady):
                return True
            await self._target.ports.clock.sleep(_BETWEEN)
        return False

    @staticmethod
    def _has_more(before: Answer, after: Answer, marker: str, steady: bool) -> bool:
        if steady:
            return after.body != before.body
        return after.body.count(marker.encode()) > before.body.count(marker.encode())


def _entries(answer: Answer) -> int:
    return answer.body.count(b"{") or answer.body.count(b"\n")


PROBE = Probe(keys=(APP_AUDIT,), gather=gather, timeout=300.0, turns=True)
