"""SQL in every parameter, always as a pair of requests that differ in one thing, so that a difference has one cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from msgspec import Struct

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import APP_INJECTIONS
from flawless.model.observed_app import Injection, Injections
from flawless.ports.bundle import Probe, Target
from flawless.ports.http import Answer
from flawless.probes.app._login import nobody, token_or_why
from flawless.probes.app._openapi import Operation, Parameter
from flawless.probes.app._requests import Values, made_up, places, request_of
from flawless.probes.app._visit import Visit, described, evidence, only_in_a_copy, visit
from flawless.probes.app.inputs import fit_to_try, logs_in

_MOST = 900
_MOST_PLACES = 45
_PAUSE = 1.0
_CUT_OFF = frozenset({0, 429})
_REFUSALS = frozenset({401, 403})
_DATABASE = re.compile(
    r"SQLSTATE|syntax error at or near|unterminated quoted string|PostgresSyntaxError|psycopg|asyncpg\.exceptions"
    r"|sqlite3\.OperationalError|SQLITE_ERROR|unrecognized token|You have an error in your SQL syntax|MySqlException"
    r"|ORA-\d{5}|Unclosed quotation mark|sqlx::error|QueryFailedError|PG::SyntaxError",
    re.IGNORECASE,
)
# A condition that holds, the same that does not, and the same pair where the word between is none of SQL: a search
# that finds other rows for another digit differs there too.
_CONDITIONS = (
    ("{v}' AND '1'='{d}", "{v}' XQD '1'='{d}"),
    ("{v}' OR '1'='{d}", "{v}' XR '1'='{d}"),
    ("{v} AND 1={d}", "{v} XQD 1={d}"),
    ("{v} OR 1={d}", "{v} XR 1={d}"),
)
_QUOTED = 2
_PAUSES = (
    "{v}'||(SELECT '' FROM pg_sleep({s}))||'",
    "{v}';SELECT pg_sleep({s})--",
    "{v}' AND SLEEP({s})=0 AND '1'='1",
    "{v};SELECT pg_sleep({s})--",
)
_QUOTED_PAUSES = 3


async def gather(target: Target) -> list[Fact]:
    """One entry for each parameter of path, query and body that may hold text."""
    only_in_a_copy(target)
    async with visit(target, most=_MOST) as now:
        found = await described(target, now)
        token, why = await token_or_why(target, now, found.operations)
        chosen = list(_places(target, fit_to_try(target, found.operations), found.operations))
        tried = [await _Trial(now, one, token).run() for one in chosen[:_MOST_PLACES]]
        said = evidence(target, now, "SQL in every parameter")
    value = Injections(tried=tuple(tried), login=why, left_out=max(0, len(chosen) - _MOST_PLACES))
    return [known(APP_INJECTIONS, STACK, value, said, target.ports.clock.now())]


class _Place(Struct, frozen=True):
    """Where a value goes. ``refusals`` are answers before it is looked at; ``besides`` gives other values to send."""

    operation: Operation
    parameter: Parameter
    refusals: frozenset[int]
    besides: Callable[[], Values]


def _places(target: Target, chosen: Iterable[Operation], operations: tuple[Operation, ...]) -> Iterator[_Place]:
    for operation in chosen:
        refusals = frozenset[int]() if logs_in(target, operation, operations) else _REFUSALS
        for each in places(operation):
            if each.place != "body" or each.schema.get("type", "string") == "string":
                yield _Place(operation, each, refusals, partial(nobody, target, operation))


class _Trial:
    """One parameter."""

    def __init__(self, now: Visit, place: _Place, token: str) -> None:
        self._now, self._place, self._token = now, place, token
        value = made_up(place.operation, place.parameter)
        self._value = value if isinstance(value, str) else str(value)
        self._varies = _VARIES
        self._cut_off = False

    async def run(self) -> Injection:
        """Error, condition and pause; without reaching anything, none of them."""
        name, place = self._place.operation.name, f"{self._place.parameter.place} {self._place.parameter.name}"
        plain, again = await self._ask(self._value), await self._ask(self._value)
        if self._cut_off or plain.status in self._place.refusals:
            return Injection(operation=name, place=place, reached=False)
        if self._seen(plain, "") != self._seen(again, ""):
            self._varies = _VARIES_MUCH  # an answer with a new number each time can still be compared by the rest
        error, boolean, pause = await self._error(plain), await self._boolean(), await self._time()
        return Injection(
            operation=name,
            place=place,
            error=error,
            boolean=boolean,
            time=pause,
            unsteady=self._seen(plain, "") != self._seen(again, ""),
            reached=not self._cut_off,
        )

    async def _ask(self, value: str) -> Answer:
        parameter = self._place.parameter
        values = {**self._place.besides(), (parameter.place, parameter.name): value}
        request = request_of(self._place.operation, values)
        answer = await self._now.ask(request, token=self._token)
        self._cut_off |= answer.status in _CUT_OFF
        return answer

    async def _error(self, plain: Answer) -> str:
        """A quote breaks a statement, and two quotes do not."""
        single, double = await self._ask(self._value + "'"), await self._ask(self._value + "''")
        if (found := _complaint(single)) and not _complaint(plain):
            return f"a quote makes the database complain: {found}"
        if single.status >= 500 > max(plain.status, double.status):
            return f"a quote gets {single.status}, two quotes {double.status}"
        return ""

    async def _boolean(self) -> str:
        for condition, control in _CONDITIONS if self._value.isdigit() else _CONDITIONS[:_QUOTED]:
            if not await self._differ(condition) or not await self._differ(condition):
                continue
            if not await self._differ(control):
                return f"{condition.format(v='…', d='1')} is answered unlike {condition.format(v='…', d='2')}"
        return ""

    async def _differ(self, form: str) -> bool:
        """Whether the answers for 1 and for 2 differ, and the one for 1 is the same twice."""
        values = [form.format(v=self._value, d=digit) for digit in "121"]
        true, false, again = [self._seen(await self._ask(value), value) for value in values]
        return true == again != false

    def _seen(self, answer: Answer, value: str) -> tuple[int, int, str]:
        """What of an answer counts: its status, how many entries it has, and its text without what was sent."""
        if answer.status in _CUT_OFF:
            return 0, 0, ""
        text = answer.body.decode(errors="replace")
        for form in (value, value.replace("'", "&#39;"), value.replace("'", "&#x27;"), value.replace("'", "\\u0027")):
            text = text.replace(form, "") if form else text
        return answer.status, text.count("{"), self._varies.sub("", text)

    async def _time(self) -> str:
        for form in _PAUSES if self._value.isdigit() else _PAUSES[:_QUOTED_PAUSES]:
            slow, quick = form.format(v=self._value, s=_PAUSE), form.format(v=self._value, s=0)
            if (await self._ask(slow)).seconds < _PAUSE:
                continue
            fast, again = await self._ask(quick), await self._ask(slow)
            if fast.seconds < _PAUSE / 2 and again.seconds >= _PAUSE:
                took = f"{again.seconds:.1f} s, and {fast.seconds:.1f} s without it"
                return f"a pause of {_PAUSE:g} s in SQL makes the answer take {took}"
        return ""


_VARIES = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+Z-]+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|\b\d{9,}(?:\.\d+)?\b")

_VARIES_MUCH = re.compile(rf"{_VARIES.pattern}|\d+")


def _complaint(answer: Answer) -> str:
    found = _DATABASE.search(answer.body.decode(errors="replace"))
    return found[0] if found else ""


PROBE = Probe(keys=(APP_INJECTIONS,), gather=gather, timeout=600.0, turns=True)
