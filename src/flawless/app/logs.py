"""``flawless logs``: the logs of a stack as one. Reads only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct, field

from flawless.app import baseline
from flawless.app.baseline import Baseline
from flawless.app.loading import LOOKING, loaded
from flawless.app.log_filter import LineFilter, Wanted
from flawless.app.merging import Merge
from flawless.app.session import Asked, Progress, Session, open_to_look
from flawless.config import nearest
from flawless.errors import EngineError, UsageError
from flawless.model.facts import service_subject
from flawless.model.observed import LogTemplate
from flawless.ports.bundle import Ports, Target
from flawless.ports.engine import PROJECT_LABEL, SERVICE_LABEL, Json
from flawless.probes.live._errors import Shapes
from flawless.probes.live._services import containers_of, name_of
from flawless.probes.live._shapes import Familiar
from flawless.report.log_lines import LogEntry
from flawless.sensitive import hide_embedded

_SILENCE = 30.0
_LIVE_SILENCE = 0.3


class _Log(Struct):
    """A container's log: whose it is, and what of it is wanted."""

    service: str
    container: str
    filter: LineFilter


class Logs(Struct):
    """The logs of some services, open: ``entries`` are the wanted lines; ``failures`` which could not be read, and why.

    ``width`` is that of the longest name of a container. ``without_baseline``: nothing is recorded of a good release,
    so every error is new.
    """

    session: Session
    wanted: Wanted
    known: Baseline
    merge: Merge
    logs: dict[str, _Log] = field(default_factory=dict)
    width: int = 0

    @property
    def without_baseline(self) -> bool:
        """See above."""
        return self.wanted.new and not self.known

    @property
    def failures(self) -> dict[str, str]:
        """Why a log could not be read to its end, by container."""
        return {self.logs[ref].container: why for ref, why in self.merge.failures.items()}

    async def entries(self, *, levels: bool = False) -> AsyncIterator[LogEntry]:
        """The wanted lines of all services, masked, by time; with the level of each only if asked for ``levels``."""
        mask = self.session.ports.masker.mask
        async for ref, line in self.merge.lines():
            log, text = self.logs[ref], hide_embedded(mask(line.text))
            if log.filter.takes(text):
                yield LogEntry(log.service, log.container, line.at, log.filter.level(text) if levels else "", text)

    def add(self, container: Json, service: str, since: float, *, follow: bool) -> None:
        """Read one more log."""
        ref, familiar = container["Id"], Familiar(self.known.get(service_subject(service), frozenset()))
        shown = name_of(container).removeprefix(f"{self.session.stack.name}-")
        self.width = max(self.width, len(shown))
        self.logs[ref] = _Log(service, shown, LineFilter(self.wanted, familiar))
        engine = self.session.ports.engine
        self.merge.add(ref, engine.logs_stream(ref, since=since, tail=None, follow=follow))


@asynccontextmanager
async def open_logs(
    root: Path, ports: Ports, asked: Asked, progress: Progress, wanted: Wanted, *, follow: bool
) -> AsyncIterator[Logs]:
    """The logs of the stack in ``root``; with ``follow`` those of containers that start later too, without end.

    UsageError on a service that there is not.
    """
    async with loaded(LOOKING):
        session = await open_to_look(root, ports, asked, progress)
    names = _named(session, wanted.services)
    known = baseline.load(session.folder, ports.files)
    logs = Logs(session, wanted, known, Merge(_LIVE_SILENCE if follow else _SILENCE, lasting=follow))
    now = ports.clock.now()
    for service, containers in (await containers_of(Target(session.stack, session.settings, ports))).items():
        for container in containers if service in names else ():
            logs.add(container, service, wanted.since, follow=follow)
    later = asyncio.create_task(_started(logs, names, now)) if follow else None
    try:
        yield logs
    finally:
        if later:
            later.cancel()
            await asyncio.gather(later, return_exceptions=True)
        await logs.merge.close()


async def counted(logs: Logs) -> Mapping[str, Sequence[LogTemplate]]:
    """How often each service logged wanted lines of which shape."""
    shapes: dict[str, Shapes] = {}
    async for entry in logs.entries():
        shapes.setdefault(entry.service, Shapes()).add(entry.text)
    return {service: found.found() for service, found in shapes.items()}


def _named(session: Session, services: Sequence[str]) -> frozenset[str]:
    known = [service.name for service in session.stack.services]
    for name in services:
        if name not in known:
            guess = nearest(name, known)
            hint = f"; did you mean {guess}?" if guess else f"; there are {', '.join(known)}"
            raise UsageError(f"no service is called {name}{hint}")
    return frozenset(services or known)


async def _started(logs: Logs, names: frozenset[str], since: float) -> None:
    """Follow each container that starts from now on; what starts again goes on in its own log."""
    engine = logs.session.ports.engine
    label = f"{PROJECT_LABEL}={logs.session.stack.name}"
    try:
        async for event in engine.events([label], since=since, actions=("start",)):
            container = await engine.container(str((event.get("Actor") or {}).get("ID", "")))
            service = str(((container or {}).get("Config", {}).get("Labels") or {}).get(SERVICE_LABEL, ""))
            if container and service in names:
                logs.add(container, service, event.get("timeNano", 0) / 1e9 - 1, follow=True)
    except EngineError as error:
        logs.session.progress(f"containers that start later are not followed: {error.what}")
