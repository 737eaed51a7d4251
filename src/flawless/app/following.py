"""The streams of a stack's containers while a release is watched: events, statistics and logs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from flawless.app.baseline import Baseline
from flawless.app.session import Session
from flawless.errors import EngineError
from flawless.model.facts import Facts, Known, service_subject
from flawless.model.keys import CONTAINERS
from flawless.model.stack import Service
from flawless.ports.engine import PROJECT_LABEL, Json
from flawless.probes.live._errors import ErrorShapes
from flawless.probes.live._figures import cores_used, memory_used
from flawless.probes.live._services import UnseenError
from flawless.probes.live._shapes import Familiar
from flawless.soak.course import Course, Reading
from flawless.soak.window import Faults, Seen

_ACTIONS = ("die", "oom", "health_status")
_TRIES = 5
_PAUSE = 1.0
_MOST_BEHIND = 1_000
_OPEN_SECONDS = 10.0
_EVENTS = "events"
_LATE = f"the engine did not begin to answer within {_OPEN_SECONDS:.0f} s"


class Following:
    """Follows all containers of some services from ``start`` to ``stop``; costs two streams for each, one for all.

    ``since`` is the engine's own time at which the soak began.
    """

    def __init__(
        self, session: Session, services: list[Service], first: Facts, *, since: float, width: float, known: Baseline
    ) -> None:
        self._engine = session.ports.engine
        self._clock = session.ports.clock
        self._label = f"{PROJECT_LABEL}={session.stack.name}"
        self._since = since
        self._first = first
        mask, ids = session.ports.masker.mask, {service.name: _ids(service, first) for service in services}
        self._service_of = {container: name for name, found in ids.items() for container in found}
        self._faults = {name: Faults() for name in ids}
        self._courses = {name: Course(found, width) for name, found in ids.items()}
        self._shapes = {name: ErrorShapes(mask, Familiar(known.get(service_subject(name), ()))) for name in ids}
        self._deaf = ""
        self._mute: dict[str, str] = {}
        self._began = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._opened = {stream: asyncio.Event() for stream in (_EVENTS, *self._service_of)}

    async def start(self) -> None:
        """Begin: afterwards no event and no line is missed, or the stream counts as broken."""
        self._began = self._clock.monotonic()
        todo: list[Coroutine[Any, Any, None]] = [self._events()]
        for container in self._service_of:
            todo += [self._statistics(container), self._log(container)]
        self._tasks = [asyncio.create_task(each) for each in todo]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_OPEN_SECONDS):
                await asyncio.gather(*(opened.wait() for opened in self._opened.values()))

    async def stop(self) -> None:
        """End all streams; raises what went wrong in one of them for no reason of the engine's."""
        for task in self._tasks:
            task.cancel()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    @property
    def decided(self) -> bool:
        """Whether a container died or was killed: no more time would change the answer."""
        return any(faults.deaths or faults.ooms for faults in self._faults.values())

    def seen(self, service: Service, last: Facts) -> Seen:
        """All that was seen of a service; ``last`` are its containers now."""
        subject, name = service_subject(service.name), service.name
        mine = [opened for container, opened in self._opened.items() if self._service_of.get(container) == name]
        mute = self._mute.get(name) or ("" if all(opened.is_set() for opened in mine) else _LATE)
        return Seen(
            first=self._first.get(CONTAINERS, subject),
            last=last.get(CONTAINERS, subject),
            faults=self._faults[name],
            deaf=self._deaf if self._opened[_EVENTS].is_set() else _LATE,
            course=self._courses[name],
            log=self._shapes[name].found(),
            mute=mute,
        )

    async def _events(self) -> None:
        since, opened = self._since, self._opened[_EVENTS].set
        for _ in range(_TRIES):
            self._deaf = ""
            try:
                stream = self._engine.events([self._label], since=since, actions=_ACTIONS, opened=opened)
                async for event in stream:
                    since = event.get("timeNano", 0) / 1e9 + 1e-6
                    self._hear(event)
                self._deaf = "the engine ended the stream"
            except EngineError as error:
                self._deaf = error.what
                opened()
            await self._clock.sleep(_PAUSE)

    def _hear(self, event: Json) -> None:
        name = self._service_of.get((event.get("Actor") or {}).get("ID", ""))
        if name is None:
            return
        action, faults = str(event.get("Action")), self._faults[name]
        faults.deaths += action == "die"
        faults.ooms += action == "oom"
        faults.unhealthy += action == "health_status: unhealthy"

    async def _statistics(self, container: str) -> None:
        course = self._courses[self._service_of[container]]
        with contextlib.suppress(EngineError):  # what could not be read is missing among the samples
            async for raw in self._engine.stats_stream(container):
                with contextlib.suppress(UnseenError):  # the first one has nothing to compare with
                    course.add(container, _reading(raw, self._clock.monotonic() - self._began))

    async def _log(self, container: str) -> None:
        name, opened = self._service_of[container], self._opened[container].set
        try:
            stream = self._engine.logs_stream(container, since=self._since, tail=_MOST_BEHIND, opened=opened)
            async for line in stream:
                self._shapes[name].add(line.text)
            self._mute[name] = "the engine ended the stream"
        except EngineError as error:
            self._mute[name] = error.what
            opened()


def _ids(service: Service, first: Facts) -> list[str]:
    reading = first.get(CONTAINERS, service_subject(service.name))
    return [state.id for state in reading.value] if isinstance(reading, Known) else []


def _reading(raw: Json, at: float) -> Reading:
    throttling = (raw.get("cpu_stats") or {}).get("throttling_data") or {}
    return Reading(
        at=at,
        memory=memory_used(raw),
        cores=cores_used(raw),
        periods=int(throttling.get("periods") or 0),
        throttled=int(throttling.get("throttled_periods") or 0),
    )
