"""Small line charts as the coordinates of an SVG; the template draws them, and nothing of them is a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct, structs

from flawless.model.observed import Latency
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


def _chart(title: str, points: Sequence[Point], text: Callable[[float], str], least: float) -> Chart:
    """``least`` is the smallest range of values that fills the chart's height."""
    start, end = points[0][0], points[-1][0]
    values = [value for _, value in points]
    low, high = min(values), max(values)
    scale = (HEIGHT - 2 * _EDGE) / max(high - low, least)
    drawn = (f"{_across(at, start, end):.1f},{HEIGHT - _EDGE - scale * (value - low):.1f}" for at, value in points)
    return Chart(title, " ".join(drawn), text(low), text(high))


def _across(at: float, start: float, end: float) -> float:
    return WIDTH * (at - start) / (end - start) if end > start else 0.0
