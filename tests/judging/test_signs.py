"""From what is known of a running stack to signs: bad ones, their twins that are not, and what nobody told."""

from __future__ import annotations

import pytest
from msgspec import structs

from flawless.judging.signs import signs
from flawless.model.alerts import Around, Level, Sign
from flawless.model.board import Beat, Board, Happening, Lane, Tick
from flawless.model.settings import WatchSettings
from flawless.model.standing import ServiceStanding, Standing

MB = 1_000_000
NOW = 10_000.0
OK, FAILED, LATE = Beat(0.02), Beat(0.1, "answered 502"), Beat(3.0)


def tick(at: float = 0, memory: int = 10 * MB, periods: int = 0, throttled: int = 0) -> Tick:
    return Tick(at=at, memory=memory, pids=2, cores=0.1, periods=periods, throttled=throttled)


LANE = Lane(
    id="abc",
    name="web-1",
    standing=Standing.HEALTHY,
    why="healthy",
    started_at=1_000.0,
    memory_limit=100 * MB,
    cpu_limit=0.5,
    ticks=(tick(), tick(1, periods=100)),
    service="web",
)
SERVICE = ServiceStanding(name="web", role="backend", wanted=1, standing=Standing.HEALTHY, why="healthy")
BOARD = Board(
    stack="shop",
    at=NOW,
    release="release 1 good",
    lanes=(LANE,),
    services=(SERVICE,),
    target="https://localhost/health",
    beats=(OK,) * 20,
)
AROUND = Around(disk_free=500, disk_total=1_000, certificate_days=60.0)
QUIET = Around(unseen={"disk": "it is not here"})


def found(key: str, board: Board = BOARD, around: Around = AROUND) -> Sign:
    (sign,) = (sign for sign in signs(board, around, WatchSettings()) if sign.key == key)
    return sign


def lane(**changes: object) -> Board:
    return structs.replace(BOARD, lanes=(structs.replace(LANE, **changes),))


def service(standing: Standing, why: str) -> Board:
    return structs.replace(BOARD, services=(structs.replace(SERVICE, standing=standing, why=why),))


def beats(*last: Beat) -> Board:
    return structs.replace(BOARD, beats=(*BOARD.beats, *last))


def used(share: float) -> Board:
    return lane(ticks=(tick(memory=round(share * 100 * MB)),))


def waited(share: float) -> Board:
    return lane(ticks=(tick(periods=50, throttled=50), tick(9, periods=150, throttled=50 + round(share * 100))))


def killed(ago: float) -> Board:
    return structs.replace(BOARD, events=(Happening(NOW - ago, "web-1", "oom"),))


def disk(free: int) -> Around:
    return structs.replace(AROUND, disk_free=free)


def days(left: float) -> Around:
    return structs.replace(AROUND, certificate_days=left)


def test_of_a_stack_that_is_well_every_sign_is_good() -> None:
    levels = {sign.key: sign.level for sign in signs(BOARD, AROUND, WatchSettings())}
    assert set(levels) == {
        "engine", "site", "slow", "disk", "certificate", "service", "memory", "cpu", "restarts", "oom",
    }  # fmt: skip
    assert set(levels.values()) == {Level.GOOD}


@pytest.mark.parametrize(
    ("key", "bad", "twin", "evidence"),
    [
        ("service", service(Standing.FAULTY, "exited with 1"), service(Standing.UNCHECKED, "runs"), "exited with 1"),
        ("site", beats(*[FAILED] * 3), beats(FAILED, *[OK] * 10), "3 of the last 10 requests"),
        ("slow", beats(*[LATE] * 30), beats(*[LATE] * 5), "took longer than 3.00 s"),
        ("memory", used(0.9), used(0.79), "90 of 100 MB in use (90%)"),
        ("cpu", waited(0.5), waited(0.24), "50% of the time slices"),
        ("restarts", lane(restarts=2, started_at=NOW - 60), lane(restarts=2, started_at=NOW - 601), "60 s ago"),
        ("oom", killed(599), killed(601), "want of memory"),
    ],
)
def test_a_sign_that_is_bad_and_its_twin_that_is_not(key: str, bad: Board, twin: Board, evidence: str) -> None:
    sign = found(key, bad)
    assert sign.level is Level.BAD
    assert evidence in sign.said
    assert sign.do
    assert found(key, twin).level is Level.GOOD


@pytest.mark.parametrize(
    ("key", "bad", "twin"), [("disk", disk(100), disk(151)), ("certificate", days(13.9), days(14.0))]
)
def test_what_is_around(key: str, bad: Around, twin: Around) -> None:
    assert found(key, around=bad).level is Level.BAD
    assert found(key, around=twin).level is Level.GOOD


@pytest.mark.parametrize(
    ("key", "board", "around"),
    [
        ("site", beats(FAILED, FAILED), AROUND),
        ("memory", used(0.85), AROUND),
        ("cpu", waited(0.3), AROUND),
        ("service", service(Standing.STARTING, "starting"), AROUND),
        ("disk", BOARD, disk(120)),
    ],
)
def test_between_bad_and_good_is_a_band(key: str, board: Board, around: Around) -> None:
    assert found(key, board, around).level is Level.BETWEEN


@pytest.mark.parametrize(
    ("key", "board", "around"),
    [
        ("disk", BOARD, QUIET),
        ("certificate", BOARD, Around(unseen={"certificate": "no answer"})),
        ("site", structs.replace(BOARD, beats=()), AROUND),
        ("slow", structs.replace(BOARD, beats=(FAILED,)), AROUND),
        ("memory", lane(ticks=()), AROUND),
        ("memory", lane(unread="the engine gives no memory statistics"), AROUND),
        ("cpu", lane(ticks=()), AROUND),
        ("service", service(Standing.UNKNOWN, "nobody looked"), AROUND),
    ],
)
def test_what_nobody_told_is_unknown(key: str, board: Board, around: Around) -> None:
    sign = found(key, board, around)
    assert sign.level is Level.UNKNOWN
    assert sign.said


def test_an_engine_that_is_lost_leaves_nothing_of_its_containers_known() -> None:
    lost = structs.replace(BOARD, notes=("? the engine does not answer",))
    assert found("engine", lost).level is Level.BAD
    of_containers = [found(key, lost) for key in ("service", "memory", "cpu", "restarts", "oom")]
    assert {(sign.level, sign.said) for sign in of_containers} == {(Level.UNKNOWN, "the engine does not answer")}
    assert found("site", lost).level is Level.GOOD, "the site is asked without the engine"


def test_what_has_no_limit_and_what_is_not_asked_has_no_sign() -> None:
    board = structs.replace(lane(memory_limit=0, cpu_limit=0.0), target="", beats=())
    keys = {sign.key for sign in signs(board, QUIET, WatchSettings())}
    assert keys == {"engine", "disk", "service", "restarts", "oom"}
