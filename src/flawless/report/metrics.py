"""What is watched as Prometheus metrics. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from flawless.model.alerts import Alert, Around, Level, Sign
from flawless.model.board import Board, Lane, Tick
from flawless.model.standing import Standing

if TYPE_CHECKING:
    from prometheus_client import Metric

KIND = "text/plain; version=0.0.4; charset=utf-8"
_GOOD = frozenset({Standing.HEALTHY, Standing.UNCHECKED, Standing.DONE})
_SECONDS = 86_400.0


def exposition(board: Board, signs: Sequence[Sign], alerts: Sequence[Alert], around: Around) -> bytes:
    """The text format of Prometheus. What nobody could tell has no sample; its sign says ``unknown``."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected((*_stack(board, around), *_alerts(signs, alerts), *_containers(board.lanes))))
    return generate_latest(registry)


class _Collected:
    """Metrics that were made before."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    def collect(self) -> tuple[Metric, ...]:
        """All of them."""
        return self._metrics


def _gauge(name: str, text: str, rows: Iterable[tuple[dict[str, str], float | None]]) -> Metric:
    from prometheus_client import Metric

    metric = Metric(f"flawless_{name}", text, "gauge")
    for labels, value in rows:
        if value is not None:
            metric.add_sample(metric.name, labels, value)
    return metric


def _stack(board: Board, around: Around) -> Iterator[Metric]:
    own = {"stack": board.stack}
    lost = bool(board.notes)
    yield _gauge("engine_up", "Whether the engine answers.", [(own, 0.0 if lost else 1.0)])
    rows = [({"service": one.name}, float(one.standing in _GOOD)) for one in board.services if not lost]
    yield _gauge("service_up", "Whether all replicas of a service run, healthy where they say so.", rows)
    if board.beats:
        last = board.beats[-1]
        yield _gauge("site_up", "Whether the last request through the proxy was answered.", [(own, not last.failure)])
        yield _gauge("site_seconds", "How long it took.", [(own, last.seconds)])
    yield _gauge("disk_free_bytes", "Free bytes of the engine's disk.", [(own, around.disk_free)])
    yield _gauge("disk_bytes", "Bytes of the engine's disk.", [(own, around.disk_total)])
    left = around.certificate_days
    rest = None if left is None else left * _SECONDS
    yield _gauge("certificate_seconds", "For how long the certificate is still valid.", [(own, rest)])


def _alerts(signs: Iterable[Sign], alerts: Iterable[Alert]) -> Iterator[Metric]:
    raised = [({"alert": alert.key, "subject": alert.subject}, 1.0) for alert in alerts]
    yield _gauge("alert", "Alerts that last.", raised)
    unknown = [({"sign": one.key, "subject": one.subject}, 1.0) for one in signs if one.level is Level.UNKNOWN]
    yield _gauge("sign_unknown", "What cannot be seen.", unknown)


def _containers(lanes: Sequence[Lane]) -> Iterator[Metric]:
    own = [({"service": lane.service, "container": lane.name}, lane) for lane in lanes if lane.started_at]
    last: list[tuple[dict[str, str], Tick]] = [(labels, lane.ticks[-1]) for labels, lane in own if lane.ticks]
    yield _gauge("container_restarts", "Restarts since it was made.", [(at, lane.restarts) for at, lane in own])
    yield _gauge("container_memory_bytes", "Memory in use.", [(at, tick.memory) for at, tick in last])
    limits = [(at, lane.memory_limit or None) for at, lane in own]
    yield _gauge("container_memory_limit_bytes", "Its limit of memory.", limits)
    yield _gauge("container_cpu_cores", "Processors in use.", [(at, tick.cores) for at, tick in last])
    yield _gauge("container_pids", "Processes and threads.", [(at, tick.pids) for at, tick in last])
    for name, field in (("received", "received"), ("sent", "sent"), ("read", "read"), ("written", "written")):
        rows = [(at, getattr(tick, field)) for at, tick in last]
        yield _gauge(f"container_{name}_bytes", f"Bytes {name} since its start.", rows)
    yield _gauge("container_throttled_periods", "Waits for its CPU limit.", [(at, tick.throttled) for at, tick in last])
