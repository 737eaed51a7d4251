"""The five kinds of new release, what each writes into the journal, and what serves after each record."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What becomes of a new release."""

    HEALTHY = "healthy"
    CRASHING = "crash-looping"
    NEVER_HEALTHY = "never-healthy"
    NOT_READY = "not-ready"
    BAD_IN_SOAK = "bad-in-soak"


class Change(Struct, frozen=True):
    """Text of a file of the stack and what replaces it."""

    path: str
    old: str
    new: str


_STATE = "backend/src/viworks/state.py"
_ASKED_TO_FALL = 'fall and __import__("threading").Timer(1.5, __import__("os")._exit, (3,)).start()'
CHANGES: dict[Kind, tuple[Change, ...]] = {
    Kind.HEALTHY: (),
    Kind.CRASHING: (
        Change(
            "backend/src/viworks/__main__.py",
            '"""Starts the server',
            'raise SystemExit("panic: no flux capacitor")\n"""Starts the server',
        ),
    ),
    Kind.NEVER_HEALTHY: (Change("compose.yaml", '"8081", "/health/ready"', '"8081", "/no-such-page"'),),
    # Its own healthcheck is content; what the site is asked through the proxy is not answered.
    Kind.NOT_READY: (Change(_STATE, "return Alive()", 'raise RuntimeError("no health today")'),),
    # It falls when it is told to, which is once the soak has begun.
    Kind.BAD_IN_SOAK: (
        Change(
            _STATE,
            'async def version() -> Version:\n        """',
            f'async def version(fall: bool = False) -> Version:\n        {_ASKED_TO_FALL}\n        """',
        ),
    ),
}


def _both(*steps: str) -> tuple[str, ...]:
    return tuple(f"{step} {state}" for step in steps for state in ("started", "proved"))


def _failed(step: str) -> tuple[str, ...]:
    return (f"{step} started", f"{step} failed")


_BUILT = ("begin", *_both("build", "inspect", "snapshot", "backup", "rehearse", "migrate-migrate"))
_SWITCHED = (*_BUILT, *_both("switch-frontend", "switch-backend"))
_BACK = _both("undo-frontend", "undo-backend")
_REFUSED = (*_BUILT, *_both("switch-frontend"), *_failed("switch-backend"), *_both("undo-frontend"), "end")
JOURNALS: dict[Kind, tuple[str, ...]] = {
    Kind.HEALTHY: (*_SWITCHED, *_both("verify", "soak", "promote"), "end"),
    Kind.CRASHING: _REFUSED,
    Kind.NEVER_HEALTHY: _REFUSED,
    Kind.NOT_READY: (*_SWITCHED, *_failed("verify"), *_BACK, "end"),
    Kind.BAD_IN_SOAK: (*_SWITCHED, *_both("verify"), *_failed("soak"), *_BACK, "end"),
}
"""Every record in the journal of a deploy that nobody interrupts, by kind; ``test_killed`` proves the table.

The records of the two services come in any order: they are switched, and brought back, side by side.
"""

BESIDE = "the new backend beside the old"
"""One more point: the new backend is what it will ever be, and no old one was told to go yet."""

TELLING = (
    (Kind.HEALTHY, BESIDE),
    (Kind.CRASHING, BESIDE),
    (Kind.BAD_IN_SOAK, "soak failed"),
)
"""The rows of every run; the others belong to the long form."""


def rows(*, full: bool) -> tuple[tuple[Kind, str], ...]:
    """(kind, point of the kill) of the whole matrix, or those of every run."""
    every = tuple((kind, point) for kind, records in JOURNALS.items() for point in (*records, BESIDE))
    return every if full else tuple(row for row in every if row in TELLING)


def beside(point: str) -> str:
    """The service of a record that may come before or after those of another service; "" for all other records."""
    step, _, service = point.partition(" ")[0].partition("-")
    return service if step in ("switch", "undo") else ""


def serving(kind: Kind, point: str, service: str) -> frozenset[str]:
    """Which releases may answer for a service after a kill at a point: "new", "old", or either."""
    if point == BESIDE:
        both = {"new"} if kind is not Kind.CRASHING else set()
        return frozenset({"old", *both}) if service == "backend" else frozenset({"old", "new"})
    records = JOURNALS[kind]
    if beside(point) not in ("", service) and f"{point.partition('-')[0]}-{service} started" in records:
        return frozenset({"old", "new"})
    here = records.index(point)

    def passed(record: str) -> bool:
        return record in records and records.index(record) <= here

    new = passed(f"switch-{service} proved") and not passed(f"undo-{service} proved")
    return frozenset({"new" if new else "old"})
