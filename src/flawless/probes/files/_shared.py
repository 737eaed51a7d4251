"""Reading text files and filing one fact for each service that is built here."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from flawless.errors import FlawlessError
from flawless.model.facts import Evidence, Fact, FactKey, known, service_subject, unknown
from flawless.model.stack import Build, Service
from flawless.ports.bundle import Target

T = TypeVar("T")
Answer = tuple[T, tuple[Evidence, ...]]
# Folders that hold no source of the user's: large, generated, or somebody else's.
SKIPPED = frozenset(
    {
        ".git",
        "node_modules",
        ".venv",
        "venv",
        "__pycache__",
        "target",
        "dist",
        ".tox",
        ".mypy_cache",
        ".cache",
        "vendor",
    }
)
_MOST_BYTES = 10 * 1024 * 1024
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MOST_ENTRIES = 20_000


class UnseenError(FlawlessError):
    """Something could not be observed: why, and what the reader can do. It becomes an unknown fact."""


def shown(target: Target, path: Path | str) -> str:
    """A path as readers know it: relative to the stack's folder, and text also where its bytes are no UTF-8."""
    return os.fsencode(os.path.relpath(path, target.stack.root)).decode("utf-8", "replace")


def read_text(target: Target, path: Path, *, other: str = "") -> str:
    """The text of a file; UnseenError names it when it is missing, too large, or no text.

    ``other`` is the encoding of files that are not UTF-8, where their readers do not mind.
    """
    content = _content(target, path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith(_UTF_16):
            remedy = "save it as UTF-8"
            raise UnseenError(
                f"{shown(target, path)} is UTF-16 text, which no tool here reads", remedy=remedy
            ) from error
        if other:
            return content.decode(other)
        raise UnseenError(f"{shown(target, path)} is not UTF-8 text (byte {error.start})") from error


def _content(target: Target, path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UnseenError(f"{shown(target, path)} is larger than 10 MB")
        return path.read_bytes()
    except OSError as error:
        raise UnseenError(f"cannot read {shown(target, path)}: {error.strerror}") from error


def read_if_there(path: Path) -> str:
    """The text of a file; empty when there is none or it is no text."""
    try:
        return path.read_bytes()[:_MOST_BYTES].decode("utf-8-sig") if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""


def evidence(target: Target, path: Path, text: str) -> Evidence:
    """A file that was read: its name and the digest of its masked text, no extract."""
    now = target.ports.clock.now()
    whole = target.ports.masker.evidence(f"read {shown(target, path)}", "read", text, now, 0.0)
    return Evidence(whole.what, whole.status, "", whole.digest, now, 0.0)


async def each_built(target: Target, key: FactKey[T], look: Callable[[Service, Build], Answer[T]]) -> list[Fact]:
    """A fact for every service: what ``look`` answers (in a thread), unknown with what it raised or without a build."""
    return await asyncio.to_thread(lambda: [_fact(target, key, service, look) for service in target.stack.services])


def _fact(target: Target, key: FactKey[T], service: Service, look: Callable[[Service, Build], Answer[T]]) -> Fact:
    subject = service_subject(service.name)
    if service.build is None:
        return unknown(key, subject, f"the image of {service.name} is not built here")
    try:
        value, proof = look(service, service.build)
    except FlawlessError as error:
        return unknown(key, subject, target.ports.masker.mask(error.what), remedy=error.remedy)
    return known(key, subject, value, proof, target.ports.clock.now())


def walk(folder: Path, depth: int) -> Iterator[Path]:
    """The files below a folder, ``depth`` levels deep at most, in name order; other people's folders are left out."""
    seen = 0
    for place, folders, files in os.walk(folder):
        level = len(Path(place).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if name not in SKIPPED) if level < depth else []
        for name in sorted(files):
            seen += 1
            if seen > _MOST_ENTRIES:
                return
            yield Path(place, name)


def remote(build: Build) -> bool:
    """Whether the build context is a URL and not a folder."""
    return "://" in build.context or build.context.startswith("git@")
