"""The way to an engine: one aiodocker session, opened at first use; every call has a timeout."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import TYPE_CHECKING, Any

from flawless.errors import EngineError
from flawless.ports.engine import Json, idle

if TYPE_CHECKING:
    from aiodocker import Docker

CALL = 10.0
_CLOSING = 2.0
_GONE = 404
_NO_CHANGE = 304
_START_REMEDY = "start Docker, or set DOCKER_HOST to an engine that runs"


class AioSession:
    """Speaks to the engine that ``url``, DOCKER_HOST, the current context or the default socket names.

    ``shown`` is what messages call it; with ``trouble`` there is no way to it, and every call raises that.
    ``certificates`` is a folder as docker has it: ca.pem, cert.pem and key.pem.
    """

    def __init__(
        self,
        url: str = "",
        call_timeout: float = CALL,
        *,
        shown: str = "",
        trouble: EngineError | None = None,
        certificates: Path | None = None,
    ) -> None:
        self._url = url
        self._timeout = call_timeout
        self._shown = shown
        self._trouble = trouble
        self._certificates = certificates
        self._docker: Docker | None = None

    @property
    def address(self) -> str:
        """How the engine is reached, for messages."""
        return self._shown or self._url or os.environ.get("DOCKER_HOST") or "the default Docker socket"

    async def close(self) -> None:
        """See ``Engine.close``. A connection that the engine reads no more is left to the end of the process."""
        docker, self._docker = self._docker, None
        if docker is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSING):
                    await docker.close()

    def _session(self) -> Docker:
        if self._trouble is not None:
            raise self._trouble
        if self._docker is None:
            import aiodocker
            import aiohttp

            no_limit = aiohttp.ClientTimeout(total=None)
            try:
                trust = _trust(self._certificates) if self._certificates else None
                url = self._url.replace("tcp://", "https://", 1) if trust else self._url
                self._docker = aiodocker.Docker(url=url or None, ssl_context=trust, timeout=no_limit)
            except (ValueError, OSError) as error:
                raise EngineError(f"no Docker engine was found: {error}", remedy=_START_REMEDY) from error
        return self._docker

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Every way in which a call can fail, as one EngineError sentence."""
        import aiohttp
        from aiodocker.exceptions import DockerError

        try:
            yield
        except TimeoutError as error:
            raise EngineError(
                f"the engine at {self.address} did not answer in time",
                where=what,
                remedy="see whether dockerd hangs: docker info",
            ) from error
        except DockerError as error:
            if error.status >= 900:
                raise EngineError(f"cannot reach {self.address}", where=what, remedy=_START_REMEDY) from error
            raise EngineError(f"the engine refused: {error.message}", where=what) from error
        except (aiohttp.ClientError, OSError, ValueError, KeyError) as error:
            text = str(error) or type(error).__name__
            raise EngineError(f"the connection to {self.address} broke: {text}", where=what) from error

    async def _json(
        self,
        path: str,
        method: str = "GET",
        *,
        params: Mapping[str, Any] | None = None,
        data: Any = None,
        timeout: float = 0.0,
    ) -> Any:
        docker = self._session()
        with self._told(f"{method} /{path}"):
            async with asyncio.timeout(timeout or self._timeout):
                return await docker._query_json(path, method, params=plain(params), data=data)

    async def _bytes(
        self,
        path: str,
        method: str = "GET",
        *,
        params: Mapping[str, Any] | None = None,
        data: Any = None,
        timeout: float = 0.0,
    ) -> bytes:
        docker = self._session()
        body = None if data is None else json.dumps(data)
        with self._told(f"{method} /{path}"):
            async with asyncio.timeout(timeout or self._timeout):
                async with docker._query(path, method, params=plain(params), data=body) as answer:
                    return bytes(await answer.read())

    async def _maybe(self, path: str) -> Json | None:
        try:
            answer: Json = await self._json(path)
        except EngineError as error:
            if _status(error) == _GONE:
                return None
            raise
        return answer

    async def _quiet(
        self,
        path: str,
        method: str,
        *,
        params: Mapping[str, Any] | None = None,
        data: Any = None,
        timeout: float = 0.0,
    ) -> None:
        """A call whose aim is already reached when the thing is gone or already so."""
        try:
            await self._bytes(path, method, params=params, data=data, timeout=timeout)
        except EngineError as error:
            if _status(error) not in (_GONE, _NO_CHANGE):
                raise

    async def _lines(
        self, path: str, params: Mapping[str, Any], opened: Callable[[], None] = idle
    ) -> AsyncIterator[Json]:
        docker = self._session()
        with self._told(f"GET /{path}"):
            async with docker._query(path, params=plain(params)) as answer:
                opened()
                async for line in answer.content:
                    yield json.loads(line)


def _trust(folder: Path) -> SSLContext:
    """Who the engine must be, and who we are, from the files that are there; OSError when they are no certificates."""
    authority, ours = folder / "ca.pem", folder / "cert.pem"
    trust = create_default_context(cafile=str(authority) if authority.is_file() else None)
    if ours.is_file():
        trust.load_cert_chain(ours, folder / "key.pem")
    return trust


def _status(error: EngineError) -> int:
    return int(getattr(error.__cause__, "status", 0))


def plain(params: Mapping[str, Any] | None) -> dict[str, Any]:
    """Query parameters as the engine spells them: booleans in lower case."""
    return {
        name: ("true" if value else "false") if isinstance(value, bool) else value
        for name, value in (params or {}).items()
    }
