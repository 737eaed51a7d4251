"""Recomputes the chain of the audit log and names the first entry that does not fit.

It reads the log in order and keeps one entry in memory. Whoever rules the database could rewrite the chain from some
entry on, head included: note the head that each run prints somewhere else, and give it to a later run.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Any

GENESIS = bytes(32)  # what the first entry is chained to
AT_ONCE = 1000  # rows fetched at a time
ENTRIES = """
select seq, at, actor, address, action, subject, outcome, details::text as details, request_id, prev_hash, hash
from audit_log order by seq
"""
HEAD = "select seq, hash from audit_head"


class BrokenChainError(Exception):
    """The first thing that is wrong with the log, in one line."""


@dataclass(frozen=True)
class Link:
    """An entry's number and hash; as text SEQ:HASH."""

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"


def link(text: str) -> Link:
    """From SEQ:HASH. Raises ValueError."""
    seq, _, digest = text.partition(":")
    return Link(int(seq), bytes.fromhex(digest))


async def verify(connection: Any, noted: Link | None = None) -> Link:
    """The head, when all of the log is as it was written. Raises BrokenChainError. Takes an asyncpg.Connection."""
    # One snapshot: what is written meanwhile is in neither the entries nor the head.
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        row = await connection.fetchrow(HEAD)
        if row is None:
            raise BrokenChainError("the head is missing")
        head = Link(row["seq"], row["hash"])
        last = await walk(connection.cursor(ENTRIES, prefetch=AT_ONCE), noted)
    compare(last, head)
    if noted is not None and noted.seq > last.seq:
        raise BrokenChainError(f"entry {noted.seq}, which was noted, is missing")
    return head


async def walk(entries: AsyncIterator[Any], noted: Link | None) -> Link:
    """The last entry, when each follows from the one before. Raises BrokenChainError."""
    last = Link(0, GENESIS)
    async for entry in entries:
        if entry["seq"] != last.seq + 1:
            raise BrokenChainError(f"entry {last.seq + 1} is missing")
        if entry["prev_hash"] != last.hash or entry["hash"] != digest(last.hash, entry):
            raise BrokenChainError(f"entry {entry['seq']} is not as it was written")
        last = Link(entry["seq"], entry["hash"])
        if noted is not None and noted.seq == last.seq and noted.hash != last.hash:
            raise BrokenChainError(f"entry {last.seq} is not the one that was noted")
    return last


def compare(last: Link, head: Link) -> None:
    """Raises BrokenChainError when the log does not end where its head says."""
    if last.seq < head.seq:
        raise BrokenChainError(f"entry {last.seq + 1} is missing: the log was cut, {head.seq} entries were written")
    if last.seq > head.seq:
        raise BrokenChainError(f"entry {head.seq + 1} was added behind the head")
    if last.hash != head.hash:
        raise BrokenChainError(f"entry {last.seq} is not the one that the head knows")


def digest(before: bytes, entry: Any) -> bytes:
    """The hash of an entry, as the function audit_hash of migration 0001 makes it."""
    at = entry["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    names = ("actor", "address", "action", "subject", "outcome", "details", "request_id")
    fields = (str(entry["seq"]), at, *(entry[name] for name in names))
    return sha256(before + b"".join(framed(field) for field in fields)).digest()


def framed(field: str | None) -> bytes:
    """A value with its length, so that no two rows give the same text."""
    if field is None:
        return b"-"
    encoded = field.encode()
    return b"%d:%b" % (len(encoded), encoded)
