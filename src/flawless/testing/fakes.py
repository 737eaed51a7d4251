"""Ports without a world behind them: a clock that stands still, recorded commands, an engine in memory."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import tarfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flawless.errors import EngineError
from flawless.ports.bundle import Ports
from flawless.ports.clock import Clock, iso
from flawless.ports.engine import (
    HASH_LABEL,
    NUMBER_LABEL,
    ONEOFF_LABEL,
    PROJECT_LABEL,
    SERVICE_LABEL,
    Duplex,
    Engine,
    ExecResult,
    Json,
    LogLine,
    idle,
)
from flawless.ports.files import RealFiles
from flawless.ports.ids import RealIds
from flawless.ports.mask import Masker
from flawless.ports.shell import NOT_FOUND, CommandResult, Shell
from flawless.testing.from_files import Nowhere
from flawless.testing.samples import NOW
from flawless.testing.stores import MemoryStores, has
from flawless.testing.streams import Echo, Said

_LABEL_CHANGE = re.compile(r'LABEL (?P<name>[^=]+)="(?P<value>.*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)")


class FrozenClock:
    """A clock that moves only when somebody sleeps; ``slept`` are those times in seconds."""

    def __init__(self, at: float = NOW) -> None:
        self._start = at
        self.slept: list[float] = []

    def now(self) -> float:
        """See ``Clock.now``."""
        return self._start + sum(self.slept)

    def monotonic(self) -> float:
        """See ``Clock.monotonic``: seconds slept so far."""
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        """See ``Clock.sleep``: others get their turn, and no time is lost."""
        self.slept.append(seconds)
        await asyncio.sleep(0)


class RecordedShell:
    """Answers commands from a table of (status, stdout, stderr) by the command's words; ``asked`` are all argvs.

    The longest entry whose words stand in the command, in that order and side by side, is the answer; a command
    that none fits does not exist (status 127).
    """

    def __init__(self, answers: Mapping[str, tuple[int, str, str]]) -> None:
        self._answers = sorted(answers.items(), key=lambda entry: len(entry[0]), reverse=True)
        self.asked: list[tuple[str, ...]] = []

    async def run(
        self,
        argv: Sequence[str],
        *,
        timeout: float,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
        reads: bool = False,
    ) -> CommandResult:
        """See ``Shell.run``."""
        self.asked.append(tuple(argv))
        line = f" {' '.join(argv)} "
        missing = (NOT_FOUND, "", f"{argv[0]}: not recorded")
        status, out, err = next((answer for words, answer in self._answers if f" {words} " in line), missing)
        if on_line is not None:
            for text in (out + err).splitlines():
                on_line(text)
        return CommandResult(tuple(argv), status, out, err, NOW, 0.0)


class MemoryEngine(MemoryStores):
    """An engine whose containers and images are dictionaries, as the Engine API spells them.

    ``held`` are the containers by id. What cannot be worked out from them (version, info, top, stats, exec, networks,
    ...) is answered from ``recorded``: by the name of the call and its words, such as ``"exec web nginx -t"``.
    """

    def __init__(self, containers: Iterable[Json] = (), recorded: Mapping[str, Any] | None = None) -> None:
        self.held: dict[str, Json] = {container["Id"]: container for container in containers}
        self.recorded: dict[str, Any] = dict(recorded or {})
        self._images: dict[str, Json] = {}
        self._roots: dict[str, bytes] = {}
        self._made = 0

    async def version(self) -> Json:
        """See ``Engine.version``."""
        answer: Json = self._record("version")
        return answer

    async def info(self) -> Json:
        """See ``Engine.info``."""
        answer: Json = self._record("info")
        return answer

    async def containers(self, labels: Sequence[str] = (), *, running_only: bool = False) -> list[Json]:
        """See ``Engine.containers``."""
        found = [container for container in self.held.values() if has(container["Config"].get("Labels"), labels)]
        return [one for one in found if one["State"]["Status"] == "running" or not running_only]

    async def container(self, ref: str) -> Json | None:
        """See ``Engine.container``."""
        named = (one for one in self.held.values() if one["Name"].lstrip("/") == ref)
        return self.held.get(ref) or next(named, None)

    async def _known(self, ref: str) -> Json:
        found = await self.container(ref)
        if found is None:
            raise EngineError(f"the engine refused: No such container: {ref}", where=self.address)
        return found

    async def image(self, ref: str) -> Json | None:
        """See ``Engine.image``."""
        named = (image for image in self._images.values() if ref in image["RepoTags"])
        return self._images.get(ref) or next(named, None)

    async def image_history(self, ref: str) -> list[Json]:
        """See ``Engine.image_history``."""
        answer: list[Json] = self._record("history", ref)
        return answer

    async def image_archive(self, ref: str) -> AsyncIterator[bytes]:
        """See ``Engine.image_archive``."""
        yield self._record("archive", ref)

    async def images(self, labels: Sequence[str] = ()) -> list[Json]:
        """See ``Engine.images``."""
        found = [image for image in self._images.values() if has(image["Config"]["Labels"], labels)]
        return [{**image, "Labels": image["Config"]["Labels"]} for image in found]

    async def tag(self, ref: str, repository: str, tag: str) -> None:
        """See ``Engine.tag``."""
        image = await self.image(ref)
        if image is None:
            raise EngineError(f"the engine refused: No such image: {ref}", where=self.address)
        self._name(image, f"{repository}:{tag}")

    def _name(self, image: Json, name: str) -> None:
        for other in self._images.values():
            other["RepoTags"] = [tag for tag in other["RepoTags"] if tag != name]
        image["RepoTags"] = sorted([*image["RepoTags"], name])

    async def import_image(self, tar: bytes, repository: str, tag: str, changes: Sequence[str] = ()) -> str:
        """See ``Engine.import_image``; of the changes only labels are kept."""
        self._made += 1
        image_id = f"sha256:{hashlib.sha256(tar + str(self._made).encode()).hexdigest()}"
        labels = [found for change in changes if (found := _LABEL_CHANGE.fullmatch(change))]
        plain = {found["name"]: _ESCAPED.sub(r"\1", found["value"]) for found in labels}
        self._images[image_id] = {"Id": image_id, "RepoTags": [], "Config": {"Labels": plain}}
        self._roots[image_id] = tar
        self._name(self._images[image_id], f"{repository}:{tag}")
        return image_id

    async def read_from_image(self, ref: str, path: str) -> bytes:
        """See ``Engine.read_from_image``."""
        image = await self.image(ref)
        root = self._roots.get(image["Id"], b"") if image else b""
        with tarfile.open(fileobj=io.BytesIO(root or tarfile.NUL * tarfile.BLOCKSIZE * 2)) as archive:
            for member in archive:
                if f"/{member.name}" == path and (stream := archive.extractfile(member)):
                    return stream.read()
        raise EngineError(f"{path} in {ref} is not a file", where=self.address)

    async def read_from_container(self, ref: str, path: str) -> bytes:
        """See ``Engine.read_from_container``."""
        answer: bytes = self._record("read", ref, path)
        return answer

    async def remove_image(self, ref: str) -> None:
        """See ``Engine.remove_image``."""
        image = await self.image(ref)
        if image is None:
            return
        image["RepoTags"] = [tag for tag in image["RepoTags"] if tag != ref]
        if not image["RepoTags"]:
            del self._images[image["Id"]]

    async def create(self, config: Json, name: str = "") -> str:
        """See ``Engine.create``; a name that is taken is refused as the real engine does."""
        await self._refuse_taken(name)
        self._made += 1
        made = f"container-{self._made}"
        self.held[made] = {"Id": made, "Name": f"/{name or made}", "Config": config, "State": {"Status": "created"}}
        return made

    async def _refuse_taken(self, name: str) -> None:
        if name and (other := await self.container(name)):
            taken = f'The container name "/{name}" is already in use by container "{other["Id"]}"'
            raise EngineError(f"the engine refused: Conflict. {taken}", where=self.address)

    async def rename(self, ref: str, name: str) -> None:
        """See ``Engine.rename``; a name that is taken is refused as the real engine does."""
        found = await self._known(ref)
        await self._refuse_taken(name)
        found["Name"] = f"/{name}"

    async def start(self, ref: str) -> None:
        """See ``Engine.start``."""
        (await self._known(ref))["State"]["Status"] = "running"

    async def stop(self, ref: str, grace: float) -> None:
        """See ``Engine.stop``."""
        if found := await self.container(ref):
            found["State"]["Status"] = "exited"

    async def wait(self, ref: str, timeout: float) -> int:
        """See ``Engine.wait``; whatever ran ends."""
        state = (await self._known(ref))["State"]
        state["Status"] = "exited"
        return int(state.get("ExitCode") or 0)

    async def kill(self, ref: str, signal: str) -> None:
        """See ``Engine.kill``; every signal ends it."""
        (await self._known(ref))["State"]["Status"] = "exited"

    async def remove(self, ref: str, *, force: bool = False) -> None:
        """See ``Engine.remove``."""
        if found := await self.container(ref):
            del self.held[found["Id"]]

    async def exec(
        self, ref: str, argv: Sequence[str], *, timeout: float, user: str = "", env: Mapping[str, str] | None = None
    ) -> ExecResult:
        """See ``Engine.exec``."""
        answer: ExecResult = self._record("exec", ref, *argv)
        return answer

    async def open(self, ref: str, argv: Sequence[str], *, timeout: float) -> Duplex:
        """See ``Engine.open``; what is recorded is its output, or a pair of status and output, else what is sent."""
        if " ".join(("open", ref, *argv)) not in self.recorded and await self.container(ref):
            return Echo(self, f"command in {ref}")
        found = self._record("open", ref, *argv)
        status, output = found if isinstance(found, tuple) else (0, found)
        return Said(output, status)

    async def top(self, ref: str) -> list[dict[str, str]]:
        """See ``Engine.top``."""
        answer: list[dict[str, str]] = self._record("top", ref)
        return answer

    async def stats(self, ref: str) -> Json:
        """See ``Engine.stats``."""
        answer: Json = self._record("stats", ref)
        return answer

    async def stats_stream(self, ref: str) -> AsyncIterator[Json]:
        """See ``Engine.stats_stream``."""
        for entry in self._record("stats-stream", ref):
            yield entry
        await _open()

    async def logs(self, ref: str, *, since: float = 0.0, tail: int = 10_000) -> list[LogLine]:
        """See ``Engine.logs``."""
        lines: list[LogLine] = self._record("logs", ref)
        return [line for line in lines if line.at >= since][-tail:]

    async def logs_stream(
        self,
        ref: str,
        *,
        since: float,
        tail: int | None = 10_000,
        follow: bool = True,
        opened: Callable[[], None] = idle,
    ) -> AsyncIterator[LogLine]:
        """See ``Engine.logs_stream``."""
        lines = await self.logs(ref, since=since, tail=tail or 0)
        opened()
        for line in lines:
            yield line
        if follow:
            await _open()

    async def events(
        self,
        labels: Sequence[str] = (),
        *,
        since: float = 0.0,
        actions: Sequence[str] = (),
        opened: Callable[[], None] = idle,
    ) -> AsyncIterator[Json]:
        """See ``Engine.events``."""
        entries = self._record("events")
        opened()
        for entry in entries:
            yield entry
        await _open()

    async def attach(self, config: Json, *, timeout: float, name: str = "") -> Duplex:
        """See ``Engine.attach``; what is sent comes back."""
        made = await self.create(config, name)
        await self.start(made)
        return Echo(self, made)

    async def close(self) -> None:
        """See ``Engine.close``; nothing is open."""


async def _open() -> None:
    """A stream in memory has nothing more to say and stays open until its reader goes, as the real ones do."""
    await asyncio.Event().wait()


def inspected(service: str, *, project: str = "sample", number: int = 1, **state: Any) -> Json:
    """A container of a Compose project as ``docker inspect`` shows it, running for ten minutes; ``state`` is its State.

    ``Health`` may be given as the status alone. The image is ``sha256:SERVICE``, the configuration hash ``hash``.
    """
    if isinstance(state.get("Health"), str):
        state["Health"] = {"Status": state["Health"], "Log": []}
    labels = {
        PROJECT_LABEL: project,
        SERVICE_LABEL: service,
        NUMBER_LABEL: str(number),
        ONEOFF_LABEL: "False",
        HASH_LABEL: "hash",
    }
    name = f"{project}-{service}-{number}"
    return {
        "Id": f"id-{name}",
        "Name": f"/{name}",
        "Image": f"sha256:{service}",
        "RestartCount": 0,
        "State": {"Status": "running", "ExitCode": 0, "StartedAt": iso(NOW - 600), **state},
        "Config": {"Image": f"{project}/{service}:1", "Labels": labels},
        "HostConfig": {},
        "NetworkSettings": {},
    }


def fake_ports(
    *,
    engine: Engine | None = None,
    shell: Shell | None = None,
    clock: Clock | None = None,
    masker: Masker | None = None,
) -> Ports:
    """Ports with these parts; files are real, the clock stands still, and anything not given fails when it is used."""
    nowhere: Any = Nowhere()
    return Ports(
        shell=shell or RecordedShell({}),
        engine=engine or nowhere,
        http=nowhere,
        files=RealFiles(),
        clock=clock or FrozenClock(),
        ids=RealIds(),
        masker=masker or Masker(),
    )
