"""The checkout: its revision, what differs from it, and secrets that it tracks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import GIT
from flawless.model.observed_files import GitState, SecretHit
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _git
from flawless.probes.files._secrets import in_content, suspect
from flawless.probes.files._shared import shown

# How many fields stand before the path: changed, renamed, unmerged, untracked (git-status(1), porcelain version 2).
_FIELDS = {"1": 8, "2": 9, "u": 10, "?": 1}
_MOST_FILES = 500
_MOST_BYTES = 10 * 1024 * 1024
_MOST_HITS = 100


async def gather(target: Target) -> Iterable[Fact]:
    """The state of the repository; ``repository`` is false when there is none."""
    top = _git.top(target)
    if top is None:
        return [known(GIT, STACK, GitState(False, "", (), ()), (), target.ports.clock.now())]
    status, listed = await asyncio.gather(
        _git.git(target, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--", "."),
        _git.own_files(target, top),
    )
    hits = await asyncio.to_thread(lambda: list(_tracked_hits(target, listed.modes)))
    changed = tuple(_changed(status.stdout, Path(target.stack.root), top))
    state = GitState(True, _revision(status.stdout), changed, tuple(hits[:_MOST_HITS]))
    return [known(GIT, STACK, state, (status.evidence(target.ports.masker),), target.ports.clock.now())]


def _revision(status: str) -> str:
    found = re.search(r"# branch\.oid ([0-9a-f]+)\0", status)
    return found[1] if found else ""


def _changed(status: str, root: Path, top: Path) -> Iterator[str]:
    """Changed paths relative to the stack, from git's second porcelain format; of a rename the new one."""
    root = root.resolve()
    entries = iter(status.split("\0"))
    for entry in entries:
        kind = entry[:1]
        if kind in _FIELDS:
            path = top / entry.split(" ", _FIELDS[kind])[-1]
            yield str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
        if kind == "2":
            next(entries, None)


def _tracked_hits(target: Target, listed: Iterable[Path]) -> Iterator[SecretHit]:
    root = _git.real(Path(target.stack.root))
    names = (path.relative_to(root) for path in listed)
    for name in islice((name for name in names if suspect(str(name))), _MOST_FILES):
        yield from _hits(target, Path(target.stack.root, name))


def _hits(target: Target, path: Path) -> Iterator[SecretHit]:
    """What looks like a secret in a tracked file, by line; never the value."""
    name = shown(target, path)
    try:
        content = path.read_bytes() if path.is_file() and path.stat().st_size <= _MOST_BYTES else b""
    except OSError:
        return  # a tracked file that is not there, or may not be read: git tells of it as changed
    for line, kind in in_content(name, content) if content else ():
        yield SecretHit(name, line, kind)


PROBE = Probe(keys=(GIT,), gather=gather)
