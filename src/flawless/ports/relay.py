"""A connection from inside a container network, for programs that run outside of it.

The relay (``relay/relay.c``, 60 KB, static) becomes an image of its own in the engine. One container of it stands in
each network that is looked from, because starting one is what takes time; each connection is a process in it, host
names resolved by that network's DNS. Application images need nothing for it and nothing is pulled.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import ipaddress
import json
import secrets
import socket
import tarfile
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from msgspec import Struct

from flawless.errors import EngineError
from flawless.ports.engine import Duplex, Engine, Json
from flawless.ports.strays import LABEL, sweep

REPOSITORY = "flawless/relay"
MOST_TARGETS = 24
_PARALLEL = 8
_MOST_PROCESSES = 3 * MOST_TARGETS
_CONNECT_SECONDS = 3
_REACH_SECONDS = 1
_CONTROL = ("127.0.0.1", 9)
PROMPT_SECONDS = 0.25
_ENGINE_SECONDS = 20.0
_MEMORY = 32 * 1024 * 1024
_BLOCK = 65_536
_STATES = {0: "open", 68: "unresolved", 69: "refused", 70: "timeout"}
_ARCHITECTURES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
_REMEDY = "python -m flawless.relay.build --all (it needs: pip install ziglang)"
_CHANGES = ("USER 65534:65534", 'ENTRYPOINT ["/relay"]', "LABEL flawless.relay=1")


class Dialled(Struct, frozen=True):
    """A connection tried from a network: state is open, refused, unresolved or timeout; the system's own words."""

    state: str
    message: str
    seconds: float


class Tunnel(Struct, frozen=True):
    """A connection held open from a network; while it is open, 127.0.0.1 at ``port`` leads into it, once."""

    dialled: Dialled
    port: int = 0


class _Stand(Struct):
    """A container that stands in a network: how many use it, and its name and streams once it has started."""

    started: asyncio.Task[tuple[str, Duplex]]
    users: int = 0


class Relay:
    """Makes connections from inside the networks of one engine, eight at a time. Raises EngineError.

    Its containers stay for the next connection until ``rest``; ``close`` waits until the last of them is gone. They
    end with this process, however that ends.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._slots = asyncio.Semaphore(_PARALLEL)
        self._once = asyncio.Lock()
        self._image = ""
        self._ending: set[asyncio.Task[None]] = set()
        self._stands: dict[str, _Stand] = {}

    def rest(self) -> None:
        """Take the containers away that nobody uses now."""
        for network in [network for network, stand in self._stands.items() if not stand.users]:
            self.meanwhile(_taken_away(self._stands.pop(network)))

    async def close(self) -> None:
        """Take all containers away, and wait until they are gone."""
        self.rest()
        await asyncio.gather(*self._ending)

    def meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        """Nobody but ``close`` needs to wait for the engine to take something away."""
        ending = asyncio.create_task(work)
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    @asynccontextmanager
    async def tunnel(
        self, network: str, host: str, port: int, *, labels: Mapping[str, str] | None = None, hosts: Sequence[str] = ()
    ) -> AsyncIterator[Tunnel]:
        """Connect from ``network`` (its full name) and lend the connection as a loopback port, for one client.

        ``hosts`` are extra "name:address" entries, as the caller's own container has them.
        """
        start = time.monotonic()
        words = ("tunnel", str(_CONNECT_SECONDS), host, str(port))
        place = self._container(network, words, labels or {}, hosts) if labels or hosts else self._run(network, words)
        async with place as streams:
            first, rest = await _first_line(streams)
            state, message = _outcome(first)
            dialled = Dialled(state, message, time.monotonic() - start)
            if state != "open":
                yield Tunnel(dialled)
                return
            async with _lent(streams, rest) as local:
                yield Tunnel(dialled, local)

    async def reach(self, network: str, targets: Sequence[tuple[str, int]]) -> list[Dialled]:
        """Whether a TCP connection from ``network`` opens to each host and port.

        One container tries up to 23 of them at once, and a port of its own that is refused: from then on an address
        has PROMPT_SECONDS (what is on the same machine opens in a millisecond), a name that must be resolved a second.
        """
        found: list[Dialled] = []
        for at in range(0, len(targets), MOST_TARGETS - 1):
            found += await self._reach(network, targets[at : at + MOST_TARGETS - 1])
        return found

    async def _reach(self, network: str, targets: Sequence[tuple[str, int]]) -> list[Dialled]:
        pairs = [word for host, port in (*targets, _CONTROL) for word in (host, str(port))]
        words = ("reach", str(_REACH_SECONDS), *pairs)
        async with self._run(network, words) as streams:
            ended = await _outcomes(streams, targets)
        if len(ended) != len(targets):
            raise EngineError(f"the relay in network {network} answered for {len(ended)} of {len(targets)} targets")
        return [ended[index] for index in range(len(targets))]

    @asynccontextmanager
    async def _container(
        self, network: str, words: Sequence[str], labels: Mapping[str, str], hosts: Sequence[str]
    ) -> AsyncIterator[Duplex]:
        """A relay in a container of its own."""
        config = _config(await self.image(), network, words, labels, hosts)
        async with self._slots:
            streams = await _started(self._engine.attach(config, timeout=_ENGINE_SECONDS))
            try:
                yield streams
            finally:
                self.meanwhile(_finished(streams))

    def stand(self, network: str) -> _Stand:
        """The container that stands in a network; it begins to start where there is none."""
        if network not in self._stands:
            self._stands[network] = _Stand(asyncio.create_task(self.stood(network)))
        return self._stands[network]

    @asynccontextmanager
    async def _run(self, network: str, words: Sequence[str]) -> AsyncIterator[Duplex]:
        """A relay in the container that stands in the network."""
        stand = self.stand(network)
        stand.users += 1
        try:
            async with self._slots:
                streams = await self._running(network, stand, words)
                try:
                    yield streams
                finally:
                    await asyncio.shield(_left(streams))
        finally:
            stand.users -= 1

    async def _running(self, network: str, stand: _Stand, words: Sequence[str]) -> Duplex:
        """The streams of a relay started there; a container in which nothing starts is not used again."""
        try:
            name, _ = await asyncio.shield(stand.started)
            starting = self._engine.open(name, ("/relay", *words), timeout=_ENGINE_SECONDS)
            return await _started(starting)
        except EngineError:
            if self._stands.get(network) is stand:
                self.meanwhile(_taken_away(self._stands.pop(network)))
            raise

    async def stood(self, network: str) -> tuple[str, Duplex]:
        """A container of its own in a network: its name, and the streams that end it."""
        name = f"flawless-relay-{secrets.token_hex(6)}"
        config = _config(await self.image(), network, ("hold",), {}, ())
        return name, await self._engine.attach(config, timeout=_ENGINE_SECONDS, name=name)

    async def image(self) -> str:
        """The relay's image, imported at first use; strays of killed runs are removed then."""
        async with self._once:
            if not self._image:
                image = program_for(str((await self._engine.version())["Arch"]))
                tag = hashlib.sha256(image).hexdigest()[:12]
                if await self._engine.image(f"{REPOSITORY}:{tag}") is None:
                    await self._engine.import_image(_tar(image), REPOSITORY, tag, _CHANGES)
                await sweep(self._engine)
                self._image = f"{REPOSITORY}:{tag}"
        return self._image


def program_for(architecture: str) -> bytes:
    """The relay for an engine's architecture, its digest checked; EngineError says what to run when it is not here."""
    name = _ARCHITECTURES.get(architecture)
    if name is None:
        raise EngineError(f"there is no relay for an engine on {architecture}", remedy="use an amd64 or arm64 engine")
    folder = files("flawless").joinpath("relay")
    binary = folder.joinpath("bin", f"relay-{name}")
    if not binary.is_file():
        raise EngineError(f"the relay for {name} is not built, so no network can be probed from inside", remedy=_REMEDY)
    program = binary.read_bytes()
    if hashlib.sha256(program).hexdigest() != json.loads(folder.joinpath("digests.json").read_text())[name]:
        raise EngineError(f"the relay for {name} is not the one this version was built with", remedy=_REMEDY)
    return program


def _tar(program: bytes) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("relay")
        entry.size, entry.mode = len(program), 0o555
        tar.addfile(entry, io.BytesIO(program))
    return archive.getvalue()


def _config(image: str, network: str, words: Sequence[str], labels: Mapping[str, str], hosts: Sequence[str]) -> Json:
    """A container without rights, disk, log or name. It removes itself: ours may be killed before it can do so."""
    return {
        "Image": image,
        "Cmd": list(words),
        "Labels": {**labels, LABEL: "1"},
        "HostConfig": {
            "NetworkMode": network,
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "Memory": _MEMORY,
            "PidsLimit": _MOST_PROCESSES,
            "AutoRemove": True,
            "LogConfig": {"Type": "none"},
            "ExtraHosts": list(hosts),
        },
    }


async def _started(starting: Awaitable[Duplex]) -> Duplex:
    """Await the start; when cancelled, let it come to its end and remove what it made."""
    task = asyncio.ensure_future(starting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with contextlib.suppress(EngineError):
            await _finished(await task)
        raise


async def _finished(streams: Duplex) -> None:
    """End the container; that it may have removed itself already is no error."""
    with contextlib.suppress(EngineError, OSError):
        await streams.finish()


async def _left(streams: Duplex) -> None:
    """Leave a command in a container to its end."""
    with contextlib.suppress(EngineError, OSError):
        await streams.abandon()


async def _taken_away(stand: _Stand) -> None:
    """Remove a container that stands in a network, also one that is just being started."""
    with contextlib.suppress(EngineError, OSError):
        _, streams = await stand.started
        await streams.abandon()


async def _outcomes(streams: Duplex, targets: Sequence[tuple[str, int]]) -> dict[int, Dialled]:
    """How each target ended, by its index; addresses that are silent for too long after the control are timeouts."""
    loop, output, until = asyncio.get_running_loop(), b"", None
    ended: dict[int, Dialled] = {}
    silent = set(range(len(targets)))
    while silent:
        try:
            async with asyncio.timeout_at(until):
                block = await _received(streams)
        except TimeoutError:
            ended |= dict.fromkeys(silent, Dialled("timeout", "", PROMPT_SECONDS))
            break
        if not block:
            break
        output += block
        ended = _parsed(output)
        silent = set(range(len(targets))) - ended.keys()
        if until is None and len(targets) in ended and all(_is_address(targets[index][0]) for index in silent):
            until = loop.time() + PROMPT_SECONDS
    ended.pop(len(targets), None)
    return ended


def _parsed(output: bytes) -> dict[int, Dialled]:
    """The whole lines of what ``relay reach`` says."""
    whole = output[: output.rfind(b"\n") + 1].decode()
    lines = ([int(word) for word in line.split()] for line in whole.splitlines())
    return {index: Dialled(_STATES.get(status, "refused"), "", taken / 1000) for index, status, taken in lines}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _received(streams: Duplex) -> bytes:
    try:
        async with asyncio.timeout(_CONNECT_SECONDS + _ENGINE_SECONDS):
            return await streams.receive()
    except TimeoutError as error:
        raise EngineError("the relay does not answer", remedy="see whether the engine can start containers") from error


async def _first_line(streams: Duplex) -> tuple[str, bytes]:
    read = b""
    while b"\n" not in read:
        block = await _received(streams)
        if not block:
            break
        read += block
    line, _, rest = read.partition(b"\n")
    return line.decode(errors="replace"), rest


def _outcome(line: str) -> tuple[str, str]:
    status, _, reason = line.partition(" ")
    if not status.isdigit() or int(status) not in _STATES:
        raise EngineError(f"the relay ended without a connection: {line or 'it said nothing'}")
    return _STATES[int(status)], "" if status == "0" else reason


@asynccontextmanager
async def _lent(streams: Duplex, first: bytes) -> AsyncIterator[int]:
    """A loopback port whose first client gets the streams."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        serving = asyncio.create_task(_serve(listener, streams, first))
        try:
            yield port
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def _serve(listener: socket.socket, streams: Duplex, first: bytes) -> None:
    loop = asyncio.get_running_loop()
    client, _ = await loop.sock_accept(listener)
    listener.close()  # another client is refused, and does not wait for what never comes
    with client:
        await loop.sock_sendall(client, first)
        sending = asyncio.create_task(_send(client, streams))
        try:
            while block := await streams.receive():
                await loop.sock_sendall(client, block)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


async def _send(client: socket.socket, streams: Duplex) -> None:
    loop = asyncio.get_running_loop()
    while block := await loop.sock_recv(client, _BLOCK):
        await streams.send(block)
