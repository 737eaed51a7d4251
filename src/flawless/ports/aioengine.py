"""The real Engine."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from flawless.errors import EngineError
from flawless.ports.aiosession import AioSession, plain
from flawless.ports.engine import Duplex, ExecResult, Json, LogLine, idle
from flawless.ports.streams import Attached, LogSplitter, frames, log_lines

SLOW = 120.0
_PIECE = 1 << 20
_POLL = 0.02
_UNPACKING = 3600.0
_REFUSED = 400


class AioEngine(AioSession):
    """All calls to an engine; see ``Engine``."""

    async def version(self) -> Json:
        """See ``Engine.version``."""
        answer: Json = await self._json("version")
        return answer

    async def info(self) -> Json:
        """See ``Engine.info``."""
        answer: Json = await self._json("info")
        return answer

    async def containers(self, labels: Sequence[str] = (), *, running_only: bool = False) -> list[Json]:
        """See ``Engine.containers``."""
        listed = await self._json("containers/json", params={"all": not running_only, "filters": _labels(labels)})
        found = await asyncio.gather(*(self.container(entry["Id"]) for entry in listed))
        return [container for container in found if container is not None]

    async def container(self, ref: str) -> Json | None:
        """See ``Engine.container``."""
        return await self._maybe(f"containers/{ref}/json")

    async def image(self, ref: str) -> Json | None:
        """See ``Engine.image``."""
        return await self._maybe(f"images/{ref}/json")

    async def image_history(self, ref: str) -> list[Json]:
        """See ``Engine.image_history``."""
        answer: list[Json] = await self._json(f"images/{ref}/history")
        return answer

    async def image_archive(self, ref: str) -> AsyncIterator[bytes]:
        """See ``Engine.image_archive``; each piece has the time of a slow call."""
        async for piece in self._pieces(f"images/{ref}/get", {}):
            yield piece

    async def _pieces(self, path: str, params: Mapping[str, str]) -> AsyncIterator[bytes]:
        docker = self._session()
        with self._told(f"GET /{path}"):
            async with docker._query(path, params=params) as answer:
                pieces = answer.content.iter_chunked(_PIECE)
                while True:
                    async with asyncio.timeout(SLOW):
                        piece = await anext(pieces, b"")
                    if not piece:
                        return
                    yield piece

    async def archive(self, ref: str, path: str) -> AsyncIterator[bytes]:
        """See ``Engine.archive``; each piece has the time of a slow call."""
        async for piece in self._pieces(f"containers/{ref}/archive", {"path": path}):
            yield piece

    async def put_archive(self, ref: str, path: str, pieces: AsyncIterator[bytes]) -> None:
        """See ``Engine.put_archive``; the engine has an hour for it."""
        docker = self._session()
        with self._told(f"PUT /containers/{ref[:12]}/archive"):
            async with asyncio.timeout(_UNPACKING):
                await docker._check_version()
                url = docker._canonicalize_url(f"containers/{ref}/archive", versioned_api=True)
                headers = {"Content-Type": "application/x-tar"}
                async with docker.session.put(url, params={"path": path}, data=pieces, headers=headers) as answer:
                    said = await answer.text()
        if answer.status >= _REFUSED:
            raise EngineError(f"the engine did not unpack into {path}: {said.strip()}", where=ref[:12])

    async def images(self, labels: Sequence[str] = ()) -> list[Json]:
        """See ``Engine.images``."""
        answer: list[Json] = await self._json("images/json", params={"filters": _labels(labels)})
        return answer

    async def tag(self, ref: str, repository: str, tag: str) -> None:
        """See ``Engine.tag``."""
        await self._json(f"images/{ref}/tag", "POST", params={"repo": repository, "tag": tag})

    async def import_image(self, tar: bytes, repository: str, tag: str, changes: Sequence[str] = ()) -> str:
        """See ``Engine.import_image``."""
        params = [("fromSrc", "-"), ("repo", repository), ("tag", tag), *(("changes", change) for change in changes)]
        docker = self._session()
        with self._told(f"import of {repository}:{tag}"):
            async with asyncio.timeout(SLOW):
                from multidict import MultiDict

                url = docker._canonicalize_url("images/create", versioned_api=True)
                await docker._check_version()
                headers = {"Content-Type": "application/x-tar"}
                async with docker.session.post(url, params=MultiDict(params), data=tar, headers=headers) as answer:
                    text = await answer.text()
        last = json.loads(text.strip().splitlines()[-1])
        if "status" not in last:
            raise EngineError(f"the engine did not import {repository}:{tag}: {last.get('error', text)}")
        return str(last["status"])

    async def read_from_image(self, ref: str, path: str) -> bytes:
        """See ``Engine.read_from_image``: a container is created from it, never started, and removed."""
        created = await self.create({"Image": ref, "Cmd": ["-"], "Labels": {"flawless.probe": "1"}})
        try:
            return await self.read_from_container(created, path)
        finally:
            await asyncio.shield(self.remove(created, force=True))

    async def read_from_container(self, ref: str, path: str) -> bytes:
        """See ``Engine.read_from_container``."""
        raw = await self._bytes(f"containers/{ref}/archive", params={"path": path})
        with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
            for member in archive:
                if stream := archive.extractfile(member):
                    return stream.read()
        raise EngineError(f"{path} in {ref[:12]} is not a file")

    async def remove_image(self, ref: str) -> None:
        """See ``Engine.remove_image``."""
        await self._quiet(f"images/{ref}", "DELETE", timeout=SLOW)

    async def create(self, config: Json, name: str = "") -> str:
        """See ``Engine.create``."""
        params = {"name": name} if name else {}
        answer = await self._json("containers/create", "POST", params=params, data=config, timeout=SLOW)
        return str(answer["Id"])

    async def start(self, ref: str) -> None:
        """See ``Engine.start``."""
        await self._json(f"containers/{ref}/start", "POST", timeout=SLOW)

    async def stop(self, ref: str, grace: float) -> None:
        """See ``Engine.stop``."""
        await self._quiet(f"containers/{ref}/stop", "POST", params={"t": int(grace)}, timeout=grace + SLOW)

    async def wait(self, ref: str, timeout: float) -> int:
        """See ``Engine.wait``."""
        answer = await self._json(f"containers/{ref}/wait", "POST", timeout=timeout)
        return int(answer["StatusCode"])

    async def kill(self, ref: str, signal: str) -> None:
        """See ``Engine.kill``."""
        await self._json(f"containers/{ref}/kill", "POST", params={"signal": signal})

    async def rename(self, ref: str, name: str) -> None:
        """See ``Engine.rename``."""
        await self._bytes(f"containers/{ref}/rename", "POST", params={"name": name})

    async def remove(self, ref: str, *, force: bool = False) -> None:
        """See ``Engine.remove``."""
        await self._quiet(f"containers/{ref}", "DELETE", params={"force": force, "v": True}, timeout=SLOW)

    async def exec(
        self, ref: str, argv: Sequence[str], *, timeout: float, user: str = "", env: Mapping[str, str] | None = None
    ) -> ExecResult:
        """See ``Engine.exec``."""
        config = {
            "Cmd": list(argv),
            "AttachStdout": True,
            "AttachStderr": True,
            "User": user,
            "Env": [f"{name}={value}" for name, value in (env or {}).items()],
        }
        created = await self._json(f"containers/{ref}/exec", "POST", data=config)
        run = f"exec/{created['Id']}"
        raw = await self._bytes(f"{run}/start", "POST", data={"Detach": False, "Tty": False}, timeout=timeout)
        ended = await self._json(f"{run}/json")
        output = b"".join(chunk for _, chunk in frames(raw)).decode(errors="replace")
        return ExecResult(int(ended["ExitCode"] or 0), output)

    async def top(self, ref: str) -> list[dict[str, str]]:
        """See ``Engine.top``."""
        answer = await self._json(f"containers/{ref}/top", params={"ps_args": "-eo pid,ppid,uid,args"})
        titles = [title.lower() for title in answer["Titles"]]
        names = ["args" if title == "command" else title for title in titles]
        return [dict(zip(names, row, strict=False)) for row in answer["Processes"] or ()]

    async def stats(self, ref: str) -> Json:
        """See ``Engine.stats``."""
        answer: Json = await self._json(f"containers/{ref}/stats", params={"stream": False, "one-shot": True})
        return answer

    async def stats_stream(self, ref: str) -> AsyncIterator[Json]:
        """See ``Engine.stats_stream``."""
        async for entry in self._lines(f"containers/{ref}/stats", {"stream": True}):
            yield entry

    async def logs(self, ref: str, *, since: float = 0.0, tail: int = 10_000) -> list[LogLine]:
        """See ``Engine.logs``."""
        container = await self.container(ref)
        if container is None:
            raise EngineError(f"container {ref} is gone")
        params = {"stdout": True, "stderr": True, "timestamps": True, "since": f"{since:.6f}", "tail": tail}
        raw = await self._bytes(f"containers/{ref}/logs", params=params, timeout=SLOW)
        return log_lines(raw, tty=bool(container["Config"]["Tty"]))

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
        container = await self.container(ref)
        if container is None:
            raise EngineError(f"container {ref} is gone")
        splitter = LogSplitter(tty=bool(container["Config"]["Tty"]))
        most = "all" if tail is None else tail
        params = {"stdout": True, "stderr": True, "timestamps": True, "since": f"{since:.6f}", "tail": most}
        docker, path = self._session(), f"containers/{ref}/logs"
        with self._told(f"GET /{path}"):
            async with docker._query(path, params=plain({**params, "follow": follow})) as answer:
                opened()
                async for raw in answer.content.iter_any():
                    for line in splitter.feed(raw):
                        yield line

    async def events(
        self,
        labels: Sequence[str] = (),
        *,
        since: float = 0.0,
        actions: Sequence[str] = (),
        opened: Callable[[], None] = idle,
    ) -> AsyncIterator[Json]:
        """See ``Engine.events``."""
        filters = {"type": ["container"], "label": list(labels)} | ({"event": list(actions)} if actions else {})
        params = {"filters": json.dumps(filters)} | ({"since": f"{since:.6f}"} if since else {})
        async for entry in self._lines("events", params, opened):
            yield entry

    async def networks(self, labels: Sequence[str] = ()) -> list[Json]:
        """See ``Engine.networks``."""
        listed = await self._json("networks", params={"filters": _labels(labels)})
        found = await asyncio.gather(*(self._maybe(f"networks/{entry['Id']}") for entry in listed))
        return [network for network in found if network is not None]

    async def remove_network(self, ref: str) -> None:
        """See ``Engine.remove_network``."""
        await self._quiet(f"networks/{ref}", "DELETE", timeout=SLOW)

    async def connect(self, network: str, ref: str) -> None:
        """See ``Engine.connect``."""
        await self._quiet(f"networks/{network}/connect", "POST", data={"Container": ref})

    async def disconnect(self, network: str, ref: str) -> None:
        """See ``Engine.disconnect``."""
        await self._quiet(f"networks/{network}/disconnect", "POST", data={"Container": ref})

    async def volumes(self, labels: Sequence[str] = ()) -> list[Json]:
        """See ``Engine.volumes``."""
        answer = await self._json("volumes", params={"filters": _labels(labels)})
        return list(answer["Volumes"] or ())

    async def create_volume(self, config: Json) -> None:
        """See ``Engine.create_volume``."""
        await self._json("volumes/create", "POST", data=config)

    async def volume_sizes(self) -> dict[str, int]:
        """See ``Engine.volume_sizes``."""
        answer = await self._json("system/df", params={"type": "volume"}, timeout=SLOW)
        sizes = {each["Name"]: int((each.get("UsageData") or {}).get("Size", -1)) for each in answer["Volumes"] or ()}
        return {name: size for name, size in sizes.items() if size >= 0}

    async def remove_volume(self, ref: str) -> None:
        """See ``Engine.remove_volume``."""
        await self._quiet(f"volumes/{ref}", "DELETE", timeout=SLOW)

    async def attach(self, config: Json, *, timeout: float, name: str = "") -> Duplex:
        """See ``Engine.attach``."""
        streams = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True}
        created = await self.create({**config, **streams, "OpenStdin": True, "StdinOnce": True}, name)
        try:
            stream = self._session().containers.container(created).attach(stdin=True, stdout=True, stderr=True)
            with self._told(f"attach to {created[:12]}"):
                async with asyncio.timeout(timeout):
                    await stream._init()
            await self.start(created)
        except BaseException:
            await asyncio.shield(self.remove(created, force=True))
            raise

        async def removed() -> None:
            await asyncio.shield(self.remove(created, force=True))

        async def ended() -> int:
            try:
                return await self.wait(created, timeout)
            finally:
                await removed()

        return Attached(stream, ended, removed, timeout)

    async def open(self, ref: str, argv: Sequence[str], *, timeout: float) -> Duplex:
        """See ``Engine.open``."""
        from aiodocker.execs import Exec

        streams = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True}
        created = await self._json(f"containers/{ref}/exec", "POST", data={"Cmd": list(argv), **streams})
        stream = Exec(self._session(), created["Id"], tty=False).start(detach=False)
        with self._told(f"run {argv[0]} in {ref[:12]}"):
            async with asyncio.timeout(timeout):
                await stream._init()

        async def left() -> None:
            """Its standard input is closed by now; at the latest it ends with its container."""

        return Attached(stream, lambda: self._exec_ended(created["Id"], timeout), left, timeout)

    async def _exec_ended(self, ref: str, timeout: float) -> int:
        """The exit status of a command in a container once it has ended."""
        end = asyncio.get_running_loop().time() + timeout
        while True:
            state = await self._json(f"exec/{ref}/json")
            if not state["Running"]:
                return int(state["ExitCode"] or 0)
            if asyncio.get_running_loop().time() > end:
                raise EngineError(f"a command in a container did not end within {timeout:.0f} s")
            await asyncio.sleep(_POLL)


def _labels(labels: Sequence[str]) -> str:
    return json.dumps({"label": list(labels)}) if labels else "{}"
