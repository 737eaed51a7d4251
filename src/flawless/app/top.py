"""What is known of the running stack from moment to moment, for ``flawless top`` and ``flawless watch``. Reads only."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import structs

from flawless.app.loading import LOOKING, loaded
from flawless.app.session import Asked, Progress, Session, open_to_look
from flawless.app.verify import store_of
from flawless.app.watching import make_prober
from flawless.errors import EngineError, FlawlessError
from flawless.judging.standing import service_standing
from flawless.model.board import Beat, Board, Happening, Lane, Tick, View
from flawless.model.facts import Known
from flawless.model.standing import ServiceStanding
from flawless.ports.bundle import Ports, Target
from flawless.ports.engine import PROJECT_LABEL, Json
from flawless.ports.inspect import container_state
from flawless.ports.prober import Prober
from flawless.probes.live._cgroups import Place, place_of
from flawless.probes.live._services import UnseenError, containers_of, running
from flawless.probes.live._ticks import local_reading, tick
from flawless.sensitive import hide_embedded

KEPT = 64
_LINES = 100
_EVENTS = 50
_BACK = 600.0
_LOOK_EVERY = 2.0
_RATE = 1.0
_PAUSE = 1.0
_ACTIONS = ("start", "die", "oom", "kill", "stop", "restart", "health_status", "create", "destroy", "pause", "unpause")


class Watch:
    """Looks at a stack again and again; ``board`` is what is known now."""

    def __init__(self, session: Session, prober: Prober | None, release: str, unasked: str, every: float) -> None:
        self._session = session
        self._every = every
        self._prober = prober
        self._release = release
        self._unasked = unasked
        self._containers: dict[str, Json] = {}
        self._places: dict[str, Place | None] = {}
        self._lanes: tuple[Lane, ...] = ()
        self._services: tuple[ServiceStanding, ...] = ()
        self._raw: dict[str, Json] = {}
        self._ticks: dict[str, deque[Tick]] = {}
        self._unread: dict[str, str] = {}
        self._events: deque[Happening] = deque(maxlen=_EVENTS)
        self._log: deque[str] = deque(maxlen=_LINES)
        self._there: set[str] = set()
        self._stirred = asyncio.Event()
        self._logged = ""
        self._reading: asyncio.Task[None] | None = None
        self._lost = ""

    @property
    def settled(self) -> bool:
        """Whether every container that runs was read at least once, or could not be."""
        return all(ref in self._ticks or ref in self._unread for ref in self._containers)

    def board(self, view: View) -> Board:
        """What is known now, for a view."""
        lanes = tuple(
            structs.replace(lane, ticks=tuple(self._ticks.get(lane.id, ())), unread=self._unread.get(lane.id, ""))
            for lane in self._lanes
        )
        beats = self._prober.latest(KEPT) if self._prober else ()
        return Board(
            stack=self._session.stack.name,
            at=self._session.ports.clock.now(),
            release=self._release,
            lanes=lanes,
            services=self._services,
            view=view,
            target=self._prober.url if self._prober else "",
            beats=tuple(Beat(shot.seconds, shot.failure) for shot in beats),
            events=tuple(self._events),
            unasked="" if self._prober else self._unasked,
            log=tuple(self._log),
            log_of=self._logged,
            notes=(self._lost,) if self._lost else (),
        )

    async def look(self) -> None:
        """Which containers there are, and how they stand; what the engine does not tell leaves the last known."""
        session = self._session
        try:
            found = await containers_of(Target(session.stack, session.settings, session.ports))
        except EngineError as error:
            self._lost = f"? {error.what}"
            return
        self._lost, lanes, services = "", [], []
        for service in session.stack.services:
            states = tuple(container_state(raw, session.ports.masker) for raw in found[service.name])
            standing = service_standing(service, Known(states), {})
            services.append(standing)
            lanes += [
                Lane(
                    id=placed.container.id,
                    name=placed.container.name.removeprefix(f"{session.stack.name}-"),
                    standing=placed.standing,
                    why=placed.why,
                    restarts=placed.container.restart_count,
                    started_at=placed.container.started_at,
                    memory_limit=placed.container.memory,
                    cpu_limit=placed.container.cpus,
                    service=service.name,
                )
                for placed in standing.containers
            ] or [
                Lane(
                    id=service.name,
                    name=service.name,
                    standing=standing.standing,
                    why=standing.why,
                    service=service.name,
                )
            ]
        self._lanes, self._services = tuple(lanes), tuple(services)
        self._there = {raw["Id"] for containers in found.values() for raw in containers}
        self._keep({raw["Id"]: raw for containers in found.values() for raw in running(containers)})

    def _keep(self, live: dict[str, Json]) -> None:
        """Readings of what no longer runs are forgotten, and so are those of a process that ran before."""
        restarted = {ref for ref, raw in live.items() if _pid(self._containers.get(ref)) not in (None, _pid(raw))}
        for held in (self._raw, self._ticks, self._unread):
            for ref in [ref for ref in held if ref not in live or ref in restarted]:
                del held[ref]
        read = self._session.ports.files.read_text
        self._places = {ref: place_of(container, read) for ref, container in live.items()}
        self._containers = live

    async def measure(self) -> None:
        """One more reading of every container that runs; what this machine's files tell needs no engine."""
        far = []
        for ref in self._containers:
            if raw := local_reading(self._session.ports, self._places[ref]):
                self._take(ref, raw)
            else:
                far.append(self._measure(ref))
        await asyncio.gather(*far)

    async def _measure(self, ref: str) -> None:
        try:
            raw = await self._session.ports.engine.stats(ref)
        except EngineError as error:
            self._unread[ref] = error.what
        else:
            self._take(ref, raw)

    def _take(self, ref: str, raw: Json) -> None:
        try:
            now = tick(self._raw.get(ref), raw, self._session.ports.clock.monotonic())
        except UnseenError as error:
            self._unread[ref] = error.what
            return
        if ref in self._containers:
            self._unread.pop(ref, None)
            self._raw[ref] = raw
            self._ticks.setdefault(ref, deque(maxlen=KEPT)).append(now)

    async def select(self, ref: str) -> None:
        """From now on ``board`` has the log of that container."""
        if ref == self._logged:
            return
        await self._stop_reading()
        self._logged = ref
        self._log.clear()
        self._reading = asyncio.create_task(self._read(ref)) if ref in self._there else None

    async def _stop_reading(self) -> None:
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self, ref: str) -> None:
        """The log until the container stops, and again when it runs again."""
        engine, mask, since = self._session.ports.engine, self._session.ports.masker.mask, 0.0
        while True:
            try:
                async for line in engine.logs_stream(ref, since=since, tail=_LINES):
                    self._log.append(hide_embedded(mask(line.text)))
                    since = line.at + 1e-6
            except EngineError as error:
                self._log.append(f"? the log cannot be read: {error.what}")
                return
            await self._session.ports.clock.sleep(_PAUSE)

    async def listen(self) -> None:
        """Note the events of the stack's containers, those of the last minutes first."""
        session, label = self._session, f"{PROJECT_LABEL}={self._session.stack.name}"
        since = session.ports.clock.now() - _BACK
        while True:
            with contextlib.suppress(EngineError):  # that it does not answer is told by what looks at the containers
                async for event in session.ports.engine.events([label], since=since, actions=_ACTIONS):
                    since = event.get("timeNano", 0) / 1e9 + 1e-6
                    self._events.append(_happening(event, f"{session.stack.name}-"))
                    self._stirred.set()
            await session.ports.clock.sleep(_PAUSE)

    async def keep_looking(self) -> None:
        """Look again and again, and soon after an event."""
        while True:
            self._stirred.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._stirred.wait()
                    await self._session.ports.clock.sleep(_PAUSE)
            await self.look()

    async def close(self) -> None:
        """End what is read."""
        await self._stop_reading()


def _pid(container: Json | None) -> int | None:
    return container["State"].get("Pid") if container else None


def _happening(event: Json, prefix: str) -> Happening:
    actor = event.get("Actor") or {}
    told = actor.get("Attributes") or {}
    name = str(told.get("name") or str(actor.get("ID", ""))[:12]).removeprefix(prefix)
    action = str(event.get("Action", ""))
    ended = f" with {told['exitCode']}" if action == "die" and "exitCode" in told else ""
    return Happening(event.get("timeNano", 0) / 1e9, name, f"{action}{ended}")


@asynccontextmanager
async def watching(root: Path, ports: Ports, asked: Asked, progress: Progress, *, ask: bool) -> AsyncIterator[Watch]:
    """A watch of the stack in ``root``, its containers known; ``ask``: one request a second goes through the proxy."""
    async with loaded(LOOKING):
        session = await open_to_look(root, ports, asked, progress)
    async with watching_session(session, ask=ask) as watch:
        yield watch


@asynccontextmanager
async def watching_session(session: Session, *, ask: bool, every: float = _LOOK_EVERY) -> AsyncIterator[Watch]:
    """As ``watching``, of a stack that was read; which containers there are is asked for ``every`` so many seconds."""
    prober = await make_prober(session, rate=_RATE) if ask else None
    unasked = "nothing is published that could be asked" if ask else "not asked"
    watch = Watch(session, prober, await _release(session), unasked, every)
    await watch.look()
    if prober:
        prober.start()
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(watch.listen()), group.create_task(watch.keep_looking())]
            yield watch
            for task in tasks:
                task.cancel()
    finally:
        await watch.close()
        if prober:
            await prober.stop()


async def _release(session: Session) -> str:
    try:
        kept = await store_of(session).kept()
    except FlawlessError:
        return "release ?"
    return f"release {kept[0].id} {kept[0].state.value}" if kept else "no release"
