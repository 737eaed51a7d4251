"""A frame of top: the same for the same board, and never larger or smaller than the terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from flawless.model.board import Beat, Board, Happening, Lane, Tick, View
from flawless.model.standing import Standing
from flawless.report._gauges import BARS, rate, share, short, spark
from flawless.report.top_frame import LEAST_COLUMNS, LEAST_ROWS, frame
from tests.report.golden import same_as_golden

MB = 1024**2
NOW = 1_767_323_045.0
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def ticks(cores: float, memory: int, number: int = 12) -> tuple[Tick, ...]:
    return tuple(
        Tick(
            at=float(second),
            memory=memory + second * MB,
            pids=9,
            cores=None if second == 0 else cores * second / number,
            received=second * 2_000,
            sent=second * 1_300_000,
            read=0,
            written=second * 70_000,
            periods=second * 10,
            throttled=second * 3,
        )
        for second in range(number)
    )


LANES = (
    Lane(
        id="1",
        name="nginx-1",
        standing=Standing.HEALTHY,
        why="healthy",
        started_at=NOW - 9000,
        ticks=ticks(0.2, 20 * MB),
    ),
    Lane(
        id="2",
        name="backend-1",
        standing=Standing.FAULTY,
        why="unhealthy",
        restarts=3,
        started_at=NOW - 70,
        memory_limit=128 * MB,
        cpu_limit=1.0,
        ticks=ticks(0.9, 90 * MB),
    ),
    Lane(id="3", name="migrate-1", standing=Standing.DONE, why="ended with 0"),
    Lane(id="4", name="redis-1", standing=Standing.UNCHECKED, why="runs, no healthcheck", unread="no statistics"),
)
BOARD = Board(
    stack="sample",
    at=NOW,
    release="release 20260102-030405-c3d4 good",
    lanes=LANES,
    view=View(selected="2"),
    target="https://127.0.0.1:8443/health",
    beats=(*(Beat(0.001 * number) for number in range(1, 30)), Beat(5.0, "no answer within 5 s")),
    events=(Happening(NOW - 5, "backend-1", "die with 137"), Happening(NOW - 4, "backend-1", "start")),
    log=tuple(f"INFO request {number} took {number} ms" for number in range(40)),
    log_of="2",
)
BARE = Board(stack="sample", at=NOW, release="no release", lanes=(), unasked="not asked")


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
@pytest.mark.parametrize("color", [False, True], ids=["plain", "color"])
def test_a_frame_is_as_it_was(columns: int, rows: int, color: bool) -> None:
    text = frame(BOARD, columns, rows, color=color)
    assert same_as_golden(f"top-{columns}x{rows}{'-color' if color else ''}.txt", text.replace("\x1b", "<esc>"))


@given(st.integers(1, 200), st.integers(1, 70), st.integers(0, 40), st.sampled_from(["name", "cpu", "memory"]))
def test_a_frame_has_the_size_of_the_terminal(columns: int, rows: int, lanes: int, order: str) -> None:
    many = tuple(structs.replace(LANES[number % 4], id=str(number), name=f"s-{number}") for number in range(lanes))
    view = View(selected=str(lanes - 1), order=order)
    for board in (structs.replace(BOARD, lanes=many, view=view, log_of=view.selected), BARE):
        for color in (False, True):
            lines = ESCAPES.sub("", frame(board, columns, rows, color=color)).split("\n")
            assert [len(line) for line in lines] == [columns] * rows
    if lanes and columns >= LEAST_COLUMNS and rows >= LEAST_ROWS:
        text = frame(structs.replace(BOARD, lanes=many, view=view), columns, rows)
        assert sum(line.startswith(">") for line in text.split("\n")) == 1


@given(st.text(max_size=80))
def test_foreign_text_cannot_leave_its_line(text: str) -> None:
    lane = structs.replace(LANES[2], name=text, why=text)
    board = structs.replace(BOARD, lanes=(lane,), log=(text,), log_of="3", view=View(), stack=text)
    shown = frame(board, 80, 24)
    assert [len(line) for line in shown.split("\n")] == [80] * 24
    assert "\x1b" not in shown


def test_a_log_is_shown_only_under_the_name_of_its_container() -> None:
    assert "INFO request" not in frame(structs.replace(BOARD, log_of="1"), 80, 24)


@pytest.mark.parametrize(("order", "first"), [("name", "backend-1"), ("cpu", "backend-1"), ("memory", "backend-1")])
def test_the_order(order: str, first: str) -> None:
    lanes = structs.replace(BOARD, view=View(order=order)).ordered()
    assert (lanes[0].name, len(lanes)) == (first, 4)


SIZES = [(None, "-"), (0, "0"), (999, "999"), (1000, "1.0k"), (1536, "1.5k"), (348_160, "340k"), (5 * MB, "5.0M")]


@pytest.mark.parametrize(("size", "text"), [*SIZES, (1023 * MB, "1.0G"), (-1.0, "0")])
def test_sizes_in_four_signs(size: float | None, text: str) -> None:
    assert short(size) == text


@given(st.floats(0, 1e18))
def test_no_size_is_wider_than_four_signs(size: float) -> None:
    assert len(short(size)) <= 4


def test_bars_end_on_the_right_and_leave_out_what_is_not_told() -> None:
    assert spark([0.0, None, 0.5, 1.0, 9.0], 6, 1.0) == f" {BARS[0]} {BARS[4]}{BARS[7]}{BARS[7]}"
    assert spark([1.0, 2.0], 1, 2.0) == BARS[7]
    assert spark([0.0], 1, 0.0) == BARS[0]


RATES = [
    ([], None),
    ([(0.0, 5)], None),
    ([(0.0, 5), (2.0, 25)], 10.0),
    ([(0.0, 25), (2.0, 5)], None),
    ([(0.0, None), (2.0, 5)], None),
]


@pytest.mark.parametrize(("totals", "wanted"), RATES)
def test_a_rate_needs_two_totals_that_grow(totals: list[tuple[float, int | None]], wanted: float | None) -> None:
    assert rate(totals) == wanted


def test_a_share_of_nothing_is_not_told() -> None:
    assert (share(1.0, 0.0), share(None, 2.0), share(1.0, 4.0)) == ("-", "-", "25%")
