"""Networks, volumes and archives of an engine in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

from flawless.errors import EngineError
from flawless.ports.engine import Json


class MemoryStores:
    """What of an engine in memory is answered from ``recorded`` and kept there."""

    recorded: dict[str, Any]

    @property
    def address(self) -> str:
        """See ``Engine.address``."""
        return "memory"

    def _record(self, *words: str) -> Any:
        call = " ".join(words)
        if call not in self.recorded:
            raise EngineError(f"nothing is recorded for: {call}", where=self.address)
        return self.recorded[call]

    async def archive(self, ref: str, path: str) -> AsyncIterator[bytes]:
        """See ``Engine.archive``."""
        yield self._record("archive", ref, path)

    async def put_archive(self, ref: str, path: str, pieces: AsyncIterator[bytes]) -> None:
        """See ``Engine.put_archive``; it is kept as what ``archive`` gives."""
        self.recorded[f"archive {ref} {path}"] = b"".join([piece async for piece in pieces])

    async def networks(self, labels: Sequence[str] = ()) -> list[Json]:
        """See ``Engine.networks``."""
        return [network for network in self.recorded.get("networks", ()) if has(network.get("Labels"), labels)]

    async def volumes(self, labels: Sequence[str] = ()) -> list[Json]:
        """See ``Engine.volumes``."""
        return [volume for volume in self.recorded.get("volumes", ()) if has(volume.get("Labels"), labels)]

    async def remove_network(self, ref: str) -> None:
        """See ``Engine.remove_network``."""
        self._forget("networks", ref)

    async def connect(self, network: str, ref: str) -> None:
        """See ``Engine.connect``; it is only remembered."""
        self.recorded[f"connect {network} {ref}"] = True

    async def disconnect(self, network: str, ref: str) -> None:
        """See ``Engine.disconnect``; it is only remembered."""
        self.recorded[f"disconnect {network} {ref}"] = True

    async def create_volume(self, config: Json) -> None:
        """See ``Engine.create_volume``."""
        self.recorded["volumes"] = [*self.recorded.get("volumes", ()), config]

    async def volume_sizes(self) -> dict[str, int]:
        """See ``Engine.volume_sizes``."""
        return {volume["Name"]: volume.get("Size", 0) for volume in self.recorded.get("volumes", ())}

    async def remove_volume(self, ref: str) -> None:
        """See ``Engine.remove_volume``."""
        self._forget("volumes", ref)

    def _forget(self, what: str, ref: str) -> None:
        held = self.recorded.get(what, ())
        self.recorded[what] = [one for one in held if ref not in (one.get("Name"), one.get("Id"))]


def has(labels: Mapping[str, str] | None, wanted: Iterable[str]) -> bool:
    """Whether all wanted labels ("key=value") are there."""
    return set(wanted) <= {f"{name}={value}" for name, value in (labels or {}).items()}
