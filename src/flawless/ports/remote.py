"""An engine on another machine: where it is, and one ssh connection through which everything goes.

``ssh://`` is the system's own ssh, with its configuration, keys and agent: one connection that forwards the engine's
socket to one of ours, for our own calls and for Compose. TCP with TLS and contexts need nothing of the kind.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from flawless.errors import EngineError

_SOCKET = "/var/run/docker.sock"
_OPTIONS = (
    "BatchMode=yes",  # nobody could answer a question: the terminal shows progress
    "ConnectTimeout=10",
    "ExitOnForwardFailure=yes",
    "ServerAliveInterval=10",
    "ServerAliveCountMax=3",
)
_OPEN_SECONDS = 20.0
_LOOK_SECONDS = 0.05
_END_SECONDS = 5.0


class Endpoint(Struct, frozen=True):
    """Where an engine is ("" for the default socket), and the folder with the TLS files that lead there, if any."""

    url: str
    certificates: Path | None = None


def endpoint(environ: Mapping[str, str] | None = None) -> Endpoint:
    """Where the engine is, by docker's own rules: DOCKER_HOST, else the context, else the default socket.

    A context that cannot be read counts as none: the first call to the engine says so.
    """
    environ = os.environ if environ is None else environ
    folder = Path(environ.get("DOCKER_CONFIG") or Path("~/.docker").expanduser())
    if host := environ.get("DOCKER_HOST"):
        verified = host.startswith("tcp://") and environ.get("DOCKER_TLS_VERIFY")
        return Endpoint(host, Path(environ.get("DOCKER_CERT_PATH") or folder) if verified else None)
    name = str(environ.get("DOCKER_CONTEXT") or _read(folder / "config.json").get("currentContext") or "default")
    if name == "default":
        return Endpoint("")
    key = hashlib.sha256(name.encode()).hexdigest()
    described = (_read(folder / "contexts" / "meta" / key / "meta.json").get("Endpoints") or {}).get("docker") or {}
    certificates = folder / "contexts" / "tls" / key / "docker"
    return Endpoint(str(described.get("Host") or ""), certificates if certificates.is_dir() else None)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@asynccontextmanager
async def tunnel(url: str) -> AsyncIterator[str]:
    """A local socket (``unix://...``) that leads to the engine at an ``ssh://`` address; EngineError when it cannot.

    ssh's remote program reads from us: however we end, it ends too.
    """
    parts = urlsplit(url)
    folder = Path(tempfile.mkdtemp(prefix="flawless-"))
    local = folder / "engine.sock"
    process = None
    try:
        process = await _start(_argv(parts, local), url)
        await _opened(process, local, url)
        yield f"unix://{local}"
    finally:
        if process is not None:
            await _end(process)
        shutil.rmtree(folder, ignore_errors=True)


def _argv(parts: SplitResult, local: Path) -> list[str]:
    options = [word for option in _OPTIONS for word in ("-o", option)]
    port = ["-p", str(parts.port)] if parts.port else []
    user = ["-l", parts.username] if parts.username else []
    remote = parts.path if len(parts.path) > 1 else _SOCKET
    return [
        "ssh",
        "-T",
        *options,
        "-L",
        f"{local}:{remote}",
        *port,
        *user,
        "--",
        parts.hostname or "",
        "cat >/dev/null",
    ]


async def _start(argv: list[str], url: str) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us: the way back still needs the connection
        )
    except OSError as error:
        raise EngineError(f"cannot reach {url}: ssh: {error.strerror}", remedy="install an ssh client") from error


async def _opened(process: asyncio.subprocess.Process, local: Path, url: str) -> None:
    """Wait until the socket answers; EngineError with ssh's own words when it ends instead."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_OPEN_SECONDS):
            while process.returncode is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_unix_connection(local)
                    writer.close()
                    return
                await asyncio.sleep(_LOOK_SECONDS)
    said = "it did not answer in time"
    if process.returncode is not None and process.stderr is not None:
        lines = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
        said = lines[-1] if lines else f"ssh ended with status {process.returncode}"
    host = urlsplit(url).hostname or ""
    raise EngineError(f"cannot reach {url}: {said}", remedy=f"see that this works without a question: ssh {host} true")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
