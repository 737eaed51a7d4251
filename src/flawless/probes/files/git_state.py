"""The checkout: its revision, what differs from it, and secrets that it tracks."""

from __future__ import annotations

import asyncio
import fnmatch
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from flawless.lines import lines_of
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import GIT
from flawless.model.observed_files import GitState, SecretHit
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _git
from flawless.probes.files._shared import read_if_there, shown
from flawless.sensitive import embedded, is_secret

_NAMES = (".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "id_rsa", "id_ed25519", "id_ecdsa")
_MORE_NAMES = (".netrc", ".pgpass", ".htpasswd", ".git-credentials", "*.tfstate", "credentials.json", "*.kdbx")
_FOLDERS = frozenset({"secrets", ".secrets"})
_EXAMPLES = (".example", ".sample", ".template", ".dist", ".md", ".gitkeep", ".gitignore", ".pub")
_BINARY = (".p12", ".pfx", ".jks", ".kdbx")
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_ASSIGNED = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s*(['\"]?)(.*?)\2\s*$")
_TOKEN = re.compile(r"^\S{6,}$")
# How many fields stand before the path: changed, renamed, unmerged, untracked (git-status(1), porcelain version 2).
_FIELDS = {"1": 8, "2": 9, "u": 10, "?": 1}
_MOST_FILES = 500
_MOST_HITS = 100


async def gather(target: Target) -> Iterable[Fact]:
    """The state of the repository; ``repository`` is false when there is none."""
    top = _git.top(target)
    if top is None:
        return [known(GIT, STACK, GitState(False, "", (), ()), (), target.ports.clock.now())]
    status, listed = await asyncio.gather(
        _git.git(target, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--", "."),
        _git.git(target, "ls-files", "-z", "--", "."),
    )
    files = [Path(target.stack.root, name) for name in listed.stdout.split("\0") if name and _suspect(name)]
    hits = await asyncio.to_thread(lambda: [hit for path in files[:_MOST_FILES] for hit in _hits(target, path)])
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


def _suspect(name: str) -> bool:
    path = Path(name)
    if path.name.endswith(_EXAMPLES):
        return False
    fits = any(fnmatch.fnmatch(path.name, pattern) for pattern in (*_NAMES, *_MORE_NAMES))
    return fits or bool(_FOLDERS.intersection(path.parts[:-1]))


def _hits(target: Target, path: Path) -> Iterator[SecretHit]:
    """What looks like a secret in a tracked file, by line; never the value."""
    name = shown(target, path)
    if path.suffix in _BINARY and path.is_file():
        yield SecretHit(name, 0, f"a key store ({path.suffix})")
        return
    text = read_if_there(path)
    lines = lines_of(text)
    found = [SecretHit(name, number, kind) for number, line in enumerate(lines, 1) if (kind := _kind(line))]
    yield from found
    if not found and _FOLDERS.intersection(path.parts) and len(lines) == 1 and _TOKEN.match(text.strip()):
        yield SecretHit(name, 1, "a secret file")


def _kind(line: str) -> str:
    if _PRIVATE.search(line):
        return "a private key"
    if line.lstrip().startswith("#"):
        return ""
    if (assigned := _ASSIGNED.match(line)) and "${" not in assigned[3] and is_secret(assigned[1], assigned[3]):
        return f"the value of {assigned[1]}"
    return "a password in a URL or option" if any("${" not in each for each in embedded(line)) else ""


PROBE = Probe(keys=(GIT,), gather=gather)
