"""A backup as it is kept: the parts that it is made of, and what a restore of each was seen to hold."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

SCHEMA = "flawless/backup/1"


class PartKind(StrEnum):
    """How a part was copied: a dump of one database, a Redis RDB file, or a tar of a volume."""

    POSTGRES = "postgres"
    REDIS = "redis"
    VOLUME = "volume"


class Part(Struct, frozen=True, kw_only=True):
    """One file of a backup; ``size`` in bytes, ``digest`` its SHA-256 in hex.

    ``subject`` is a service, for a volume its key. ``database`` is the name of a PostgreSQL database. ``rows`` are rows
    by table, or keys that do not expire by Redis database, counted where the file was restored. ``content`` is a digest
    over names, owners, modes and contents of a volume. ``facts`` are what a restore needs to know of the server.
    ``note`` says what of the copy is not of one instant ("" for nothing). ``verified`` says how it was restored for a
    trial ("" when it was not), ``seconds`` how long that took. ``beside`` are digests of files that belong to it, by
    name.
    """

    kind: PartKind
    subject: str
    file: str
    size: int
    digest: str
    database: str = ""
    rows: dict[str, int] = {}
    content: str = ""
    facts: dict[str, str] = {}
    note: str = ""
    verified: str = ""
    seconds: float = 0.0
    beside: dict[str, str] = {}


class Manifest(Struct, frozen=True, kw_only=True):
    """All of a backup; ``taken`` in seconds since the epoch. Its file is written last: what has one is whole."""

    id: str
    stack: str
    taken: float
    parts: tuple[Part, ...]
    why: str = ""
    schema: str = SCHEMA

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    @property
    def verified(self) -> bool:
        """Whether every part was restored somewhere and looked at."""
        return all(part.verified for part in self.parts)
