"""The Docker Engine as this project needs it. ``ports.aioengine`` is the real one; calls raise EngineError."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
NUMBER_LABEL = "com.docker.compose.container-number"
HASH_LABEL = "com.docker.compose.config-hash"
NETWORK_LABEL = "com.docker.compose.network"
VOLUME_LABEL = "com.docker.compose.volume"
ONEOFF_LABEL = "com.docker.compose.oneoff"
REVISION_LABEL = "org.opencontainers.image.revision"

Json = dict[str, Any]


def idle() -> None:
    """Nothing to do."""


class ExecResult(Struct, frozen=True):
    """A command run inside a container: exit status and both streams together, as text."""

    status: int
    output: str


class LogLine(Struct, frozen=True):
    """One log line: ``stdout`` or ``stderr``, seconds since the epoch, text without line end."""

    stream: str
    at: float
    text: str


class Duplex(Protocol):
    """The attached streams of a running container or command: bytes in, bytes out, its errors, its exit status."""

    async def send(self, data: bytes) -> None:
        """Write to its standard input."""

    async def receive(self) -> bytes:
        """The next bytes of its standard output; empty at the end."""

    async def finish(self) -> tuple[int, str]:
        """Close, and wait for its end; its exit status and standard error. A container is removed then."""

    async def abandon(self) -> None:
        """Close and remove the container without waiting for its end."""


class Engine(Protocol):
    """One session with one engine. Every call has a timeout; every failure is an EngineError with a sentence.

    JSON is the Engine API's own, as in ``docker inspect``; ``filters`` are the API's label filters ("key=value").
    """

    @property
    def address(self) -> str:
        """How the engine is reached, for messages."""

    async def version(self) -> Json:
        """GET /version."""

    async def info(self) -> Json:
        """GET /info."""

    async def containers(self, labels: Sequence[str] = (), *, running_only: bool = False) -> list[Json]:
        """Every container with all the labels, fully inspected, those that vanish meanwhile left out."""

    async def container(self, ref: str) -> Json | None:
        """One container inspected; None when there is none of that name or id."""

    async def image(self, ref: str) -> Json | None:
        """One image inspected; None when the engine does not have it."""

    async def image_history(self, ref: str) -> list[Json]:
        """GET /images/{ref}/history."""

    def image_archive(self, ref: str) -> AsyncIterator[bytes]:
        """GET /images/{ref}/get in pieces: a tar that holds a manifest and a tar for each layer."""

    async def images(self, labels: Sequence[str] = ()) -> list[Json]:
        """Images with all the labels, as the list endpoint gives them."""

    async def tag(self, ref: str, repository: str, tag: str) -> None:
        """Give an image another name."""

    async def import_image(self, tar: bytes, repository: str, tag: str, changes: Sequence[str] = ()) -> str:
        """Make an image from a root filesystem tar with Dockerfile ``changes``; its id."""

    async def read_from_image(self, ref: str, path: str) -> bytes:
        """One file of an image, read without running it."""

    async def read_from_container(self, ref: str, path: str) -> bytes:
        """One file of a container, without any program inside it; EngineError when it is not there."""

    def archive(self, ref: str, path: str) -> AsyncIterator[bytes]:
        """A file or folder of a container as a tar in pieces; one that never started will do, its volumes included."""

    async def put_archive(self, ref: str, path: str, pieces: AsyncIterator[bytes]) -> None:
        """Unpack a tar that comes in pieces into a folder of a container, owners as it says."""

    async def remove_image(self, ref: str) -> None:
        """Remove a name of an image (and the image with its last name); nothing happens when it is absent."""

    async def create(self, config: Json, name: str = "") -> str:
        """POST /containers/create; the new container's id."""

    async def start(self, ref: str) -> None:
        """Start a container."""

    async def stop(self, ref: str, grace: float) -> None:
        """Ask a container to stop and kill it after ``grace`` seconds; nothing happens when it is gone."""

    async def wait(self, ref: str, timeout: float) -> int:
        """Wait for a container to exit; its status."""

    async def kill(self, ref: str, signal: str) -> None:
        """Send a signal to a container's main process."""

    async def rename(self, ref: str, name: str) -> None:
        """Give a container another name; its networks know it by that name at once."""

    async def remove(self, ref: str, *, force: bool = False) -> None:
        """Remove a container and its anonymous volumes; nothing happens when it is gone."""

    async def exec(
        self,
        ref: str,
        argv: Sequence[str],
        *,
        timeout: float,
        user: str = "",
        env: Mapping[str, str] | None = None,
    ) -> ExecResult:
        """Run a command in a container."""

    async def open(self, ref: str, argv: Sequence[str], *, timeout: float) -> Duplex:
        """Run a command in a container with its streams attached; standard input has no end that it could see."""

    async def top(self, ref: str) -> list[dict[str, str]]:
        """Processes of a container: pid, ppid, uid, args (numbers as text)."""

    async def stats(self, ref: str) -> Json:
        """One reading of a container's statistics at the engine's next beat: totals since its start, no rates."""

    def stats_stream(self, ref: str) -> AsyncIterator[Json]:
        """A container's statistics about once a second until it stops."""

    async def logs(self, ref: str, *, since: float = 0.0, tail: int = 10_000) -> list[LogLine]:
        """The last ``tail`` lines since a time."""

    def logs_stream(
        self,
        ref: str,
        *,
        since: float,
        tail: int | None = 10_000,
        follow: bool = True,
        opened: Callable[[], None] = idle,
    ) -> AsyncIterator[LogLine]:
        """The last ``tail`` lines since a time (None: all), and then each line as it comes, until the container stops.

        Without ``follow`` it ends with the last line that is there. A reader that is slow holds the engine back.
        ``opened`` is called as soon as the engine began to answer: from then on no line is missed.
        """

    def events(
        self,
        labels: Sequence[str] = (),
        *,
        since: float = 0.0,
        actions: Sequence[str] = (),
        opened: Callable[[], None] = idle,
    ) -> AsyncIterator[Json]:
        """Container events with the labels as they happen; ``actions`` narrows to some; ``opened`` as for logs."""

    async def networks(self, labels: Sequence[str] = ()) -> list[Json]:
        """Networks with all the labels, inspected."""

    async def remove_network(self, ref: str) -> None:
        """Remove a network; nothing happens when it is gone."""

    async def connect(self, network: str, ref: str) -> None:
        """Let a container join a network, at the address that the engine gives it."""

    async def disconnect(self, network: str, ref: str) -> None:
        """Take a container out of a network."""

    async def volumes(self, labels: Sequence[str] = ()) -> list[Json]:
        """Volumes with all the labels."""

    async def create_volume(self, config: Json) -> None:
        """POST /volumes/create."""

    async def volume_sizes(self) -> dict[str, int]:
        """Bytes of each local volume by name, as GET /system/df counts them; those it cannot count are left out."""

    async def remove_volume(self, ref: str) -> None:
        """Remove a volume and what is in it; nothing happens when it is gone. EngineError while it is in use."""

    async def attach(self, config: Json, *, timeout: float, name: str = "") -> Duplex:
        """Create, attach to and start a container; its streams."""

    async def close(self) -> None:
        """End the session."""
