"""What the layers of the images that are built here hold: programs, sources and secrets; read without running them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError
from typing import Any

from flawless.errors import EngineError, FlawlessError
from flawless.model.facts import Fact, known, service_subject, unknown
from flawless.model.keys import IMAGE_FILES
from flawless.model.observed import ImageFiles
from flawless.model.stack import Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.images import _layers

_STALLED = 60.0
_AT_ONCE = 2
_BUFFER = 1 << 20


class _Piped(io.RawIOBase):
    """Reads in a thread what an asynchronous source gives in an event loop."""

    def __init__(self, source: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._source = source
        self._loop = loop
        self._held = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes, none at the end; OSError when the source stalls or is given up."""
        if not self._held:
            self._held = memoryview(self._next())
        size = min(len(buffer), len(self._held))
        buffer[:size] = self._held[:size]
        self._held = self._held[size:]
        return size

    def _next(self) -> bytes:
        waiting = asyncio.run_coroutine_threadsafe(self._piece(), self._loop)
        try:
            return waiting.result(_STALLED)
        except (TimeoutError, CancelledError) as error:
            waiting.cancel()
            raise OSError("the engine stopped sending it") from error

    async def _piece(self) -> bytes:
        return await anext(self._source, b"")


async def gather(target: Target) -> list[Fact]:
    """The files of every image that is built here, each image read once; of others it is not asked."""
    slots = asyncio.Semaphore(_AT_ONCE)
    read: dict[str, asyncio.Task[ImageFiles]] = {}
    return list(await asyncio.gather(*(_fact(target, service, slots, read) for service in target.stack.services)))


async def _fact(
    target: Target, service: Service, slots: asyncio.Semaphore, read: dict[str, asyncio.Task[ImageFiles]]
) -> Fact:
    subject, ref = service_subject(service.name), service.image or f"{target.stack.name}-{service.name}"
    if service.build is None:
        return unknown(IMAGE_FILES, subject, f"the image of {service.name} is not built here")
    start = target.ports.clock.monotonic()
    try:
        image = await target.ports.engine.image(ref)
        if image is None:
            why = f"the engine does not have the image {ref}"
            return unknown(IMAGE_FILES, subject, why, remedy="flawless check --build")
        digest = str(image["Id"])
        if digest not in read:
            read[digest] = asyncio.ensure_future(_files(target, digest, slots))
        files = await read[digest]
    except FlawlessError as error:
        return unknown(IMAGE_FILES, subject, target.ports.masker.mask(error.what), remedy=error.remedy)
    now, took = target.ports.clock.now(), target.ports.clock.monotonic() - start
    said = f"{files.layers} layers, {len(files.compilers)} build tools, {len(files.secrets)} secrets"
    evidence = target.ports.masker.evidence(f"GET /images/{ref}/get", 200, said, now, took)
    return known(IMAGE_FILES, subject, files, (evidence,), now)


async def _files(target: Target, digest: str, slots: asyncio.Semaphore) -> ImageFiles:
    async with slots:
        source = target.ports.engine.image_archive(digest)
        piped = io.BufferedReader(_Piped(source, asyncio.get_running_loop()), _BUFFER)
        try:
            return await asyncio.to_thread(_layers.read, piped)
        except _layers.UnreadableError as error:
            raise EngineError(error.what, where=digest[:19], remedy="see whether `docker save` can write it") from error


PROBE = Probe(keys=(IMAGE_FILES,), gather=gather, timeout=600.0)
