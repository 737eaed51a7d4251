"""What the process counts, in the text format of Prometheus. Every replica counts for itself."""

import time
from collections.abc import Callable, Iterator
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, that nobody reads


class PoolFigures(Protocol):
    """Connections of a pool: in use, idle, and the most there can be."""

    @property
    def used(self) -> int: ...
    @property
    def idle(self) -> int: ...
    @property
    def limit(self) -> int: ...


class PoolUse(Collector):
    """Reads the pool whenever the metrics are asked for."""

    def __init__(self, figures: Callable[[], PoolFigures]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One gauge with a sample for each state."""
        figures = self._figures()
        family = GaugeMetricFamily("viworks_database_connections", "Connections of the pool", labels=["state"])
        for state in ("used", "idle", "limit"):
            family.add_metric([state], getattr(figures, state))
        yield family


class Metrics:
    """The counters, in a registry of their own: two applications in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("viworks_requests", "Requests answered", labels, registry=self.registry)
        self.seconds = Histogram(
            "viworks_request_duration_seconds",
            "Time until the last byte was handed over",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge("viworks_requests_in_flight", "Requests being answered", registry=self.registry)
        self.passwords = Counter(
            "viworks_passwords", "Passwords that were asked for, by how it ended", ("outcome",), registry=self.registry
        )
        self.limited = Counter("viworks_rate_limited", "Requests refused", ("limit",), registry=self.registry)

    def watch_pool(self, figures: Callable[[], PoolFigures]) -> None:
        """Adds the use of the database's pool."""
        self.registry.register(PoolUse(figures))

    def text(self) -> bytes:
        """Everything, as `CONTENT_TYPE_LATEST` of prometheus_client says."""
        return generate_latest(self.registry)


class Measured:
    """ASGI middleware that counts and times requests by the route's template: an id in a path makes no new series."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, noted)
            finally:
                self._count(scope, status, time.perf_counter() - began)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
