"""Small line charts as the coordinates of an SVG; the template draws them, and nothing of them is a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct, structs

from flawless.model.observed import Latency
from flawless.model.plan import TrafficCourse
from flawless.model.report import Soak, SoakService
from flawless.report.text import megabytes

WIDTH, HEIGHT = 600.0, 80.0
_EDGE = 2.0

Point = tuple[float, float]


class Chart(Struct, frozen=True):
    """A titled line: ``points`` as an SVG polyline wants them, the lowest and the highest value as text.

    ``marks`` are where along the line something failed, in the same coordinates.
    """

    title: str
    points: str
    low: str
    high: str
    marks: tuple[str, ...] = ()


class Columns(Struct, frozen=True):
    """The requests of each stretch as columns: paths of an SVG for those answered and, upon them, those failed.

    ``most`` are the requests of the highest column.
    """

    answered: str
    failed: str
    most: int


class Passage(Struct, frozen=True):
    """The requests through a switch: its ``band`` (where it begins and how wide it is), None without a switch."""

    seconds: float
    width: float
    requests: int
    failed: int
    columns: Columns
    latency: tuple[Chart, ...]
    band: tuple[str, str] | None
    failures: tuple[tuple[float, int], ...]


def passage(course: TrafficCourse) -> Passage:
    """The charts of a deploy's own requests, and in which stretches some failed (begin in seconds, how many)."""
    seconds = course.stretches[-1].at
    middles = [(each.at - course.width / 2, each) for each in course.stretches if each.answered]
    half = [(at, each.p50_ms) for at, each in middles]
    most = [(at, each.p95_ms) for at, each in middles]
    drawn = (("Half of the answers within", half), ("95 of 100 answers within", most)) if len(middles) > 1 else ()
    return Passage(
        seconds=seconds,
        width=course.width,
        requests=sum(each.answered + each.failed for each in course.stretches),
        failed=sum(each.failed for each in course.stretches),
        columns=_columns(course, seconds),
        latency=tuple(_chart(title, points, _milliseconds, 5.0, (0.0, seconds)) for title, points in drawn),
        band=_band(course.switch, seconds) if course.switch else None,
        failures=tuple((each.at - course.width, each.failed) for each in course.stretches if each.failed),
    )


def _columns(course: TrafficCourse, seconds: float) -> Columns:
    most = max(each.answered + each.failed for each in course.stretches)
    wide, scale = WIDTH * course.width / seconds, (HEIGHT - _EDGE) / most
    good, bad = [], []
    for each in course.stretches:
        left = WIDTH * (each.at - course.width) / seconds
        top = HEIGHT - scale * each.answered
        good.append(_box(left, wide, top, scale * each.answered) if each.answered else "")
        bad.append(_box(left, wide, top - scale * each.failed, scale * each.failed) if each.failed else "")
    return Columns("".join(good), "".join(bad), most)


def _box(left: float, wide: float, top: float, high: float) -> str:
    """A rectangle as a path (https://www.w3.org/TR/SVG2/paths.html#PathData), a hair narrower than its place."""
    return f"M{left:.1f} {top:.1f}h{0.9 * wide:.2f}v{high:.1f}h-{0.9 * wide:.2f}z"


def _band(switch: tuple[float, float], seconds: float) -> tuple[str, str]:
    begin, end = (min(max(at, 0.0), seconds) for at in switch)
    left, wide = WIDTH * begin / seconds, max(WIDTH * (end - begin) / seconds, 1.0)
    return f"{min(left, WIDTH - wide):.1f}", f"{wide:.1f}"


def charts(soak: Soak) -> tuple[tuple[str, tuple[Chart, ...]], ...]:
    """For each service, and for the requests through the proxy: its name and its charts."""
    found = [(service.service, tuple(_of_service(service))) for service in soak.services]
    if soak.latency:
        found.append((soak.latency.target, tuple(_of_latency(soak.latency))))
    return tuple((name, drawn) for name, drawn in found if drawn)


def _of_service(service: SoakService) -> Iterator[Chart]:
    if len(service.samples) < 2:
        return
    memory = [(sample.at, float(sample.memory)) for sample in service.samples]
    limit = f", limit {megabytes(service.memory_limit)}" if service.memory_limit else ""
    # A line that fills its chart makes noise of a megabyte look like a leak: five percent of the level are the least.
    least = 0.05 * max(value for _, value in memory)
    yield _chart(f"Memory{limit}", memory, megabytes, least)
    cpu = [(sample.at, sample.cpu) for sample in service.samples]
    limit = f", limit {service.cpu_limit:g} cores" if service.cpu_limit else ""
    yield _chart(f"CPU{limit}", cpu, _cores, 0.05)


def _of_latency(latency: Latency) -> Iterator[Chart]:
    points = [(stretch.at, stretch.p95_ms) for stretch in latency.course if stretch.answered]
    if len(points) < 2:
        return
    drawn = _chart("95 of 100 answers within", points, _milliseconds, 5.0)
    start, end = points[0][0], points[-1][0]
    failed = (stretch.at for stretch in latency.course if stretch.failed and start <= stretch.at <= end)
    yield structs.replace(drawn, marks=tuple(f"{_across(at, start, end):.1f}" for at in failed))


def _cores(value: float) -> str:
    return f"{value:.2f} cores"


def _milliseconds(value: float) -> str:
    return f"{value:.1f} ms"


def _chart(
    title: str,
    points: Sequence[Point],
    text: Callable[[float], str],
    least: float,
    frame: tuple[float, float] | None = None,
) -> Chart:
    """``least`` is the smallest range of values that fills the height, ``frame`` the times of its two edges."""
    start, end = frame or (points[0][0], points[-1][0])
    values = [value for _, value in points]
    low, high = min(values), max(values)
    scale = (HEIGHT - 2 * _EDGE) / max(high - low, least)
    drawn = (f"{_across(at, start, end):.1f},{HEIGHT - _EDGE - scale * (value - low):.1f}" for at, value in points)
    return Chart(title, " ".join(drawn), text(low), text(high))


def _across(at: float, start: float, end: float) -> float:
    return WIDTH * (at - start) / (end - start) if end > start else 0.0
