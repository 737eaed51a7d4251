"""Secrets in earlier commits: files that may hold some, by name, as git's own log shows what was put into them."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import HISTORY
from flawless.model.observed_files import History, PastSecret
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _git
from flawless.probes.files._secrets import FOLDERS, NAMES, in_content, kind_of, suspect
from flawless.probes.files._shared import UnseenError

TOOL = "git log"
_MOST_COMMITS = 1_000
_MOST = 100
# What is larger holds no settings; git then only says that it differs.
_LARGE = ("-c", "core.bigFileThreshold=64k")
_SHOWN = (
    *("log", "--all", f"--max-count={_MOST_COMMITS}", "--patch", "--unified=0", "--no-renames", "--no-color"),
    *("--no-ext-diff", "--no-textconv", "--relative", "--format=%x00%H"),
)
_HUNK = re.compile(r"@@ -\S+ \+(?P<line>\d+)")
_BINARY = re.compile(r"Binary files .* and (?P<path>\"?b/.*) differ")


class _Added(Struct):
    """What one commit puts into one file: its lines by number, and whether the file is new."""

    commit: str
    path: str
    lines: dict[int, str]
    new: bool


async def gather(target: Target) -> Iterable[Fact]:
    """What the log shows; where git cannot show all of it, the value says so."""
    if _git.top(target) is None:
        value = History(TOOL, (), "the stack is under no version control")
        return [known(HISTORY, STACK, value, (), target.ports.clock.now())]
    patterns = (*(f":(glob)**/{name}" for name in NAMES), *(f":(glob)**/{folder}/**" for folder in sorted(FOLDERS)))
    try:
        shallow, log = await asyncio.gather(
            _git.git(target, "rev-parse", "--is-shallow-repository"),
            _git.git(target, *_git.QUOTED, *_LARGE, *_SHOWN, "--", *patterns),
        )
    except UnseenError as error:
        value = History(TOOL, (), error.what)
    else:
        missing = "this clone holds the last commits only" if shallow.stdout.strip() == "true" else ""
        found = await asyncio.to_thread(lambda: tuple(secrets_in(log.stdout)))
        value = History(TOOL, found[:_MOST], missing)
    return [known(HISTORY, STACK, value, (), target.ports.clock.now())]


def secrets_in(log: str) -> Iterator[PastSecret]:
    """Each secret that a log (newest first) puts into a file, once, with the commit that brought it."""
    found: dict[tuple[str, str], PastSecret] = {}
    for added in _added(log):
        for line, kind in _kinds(added):
            found[added.path, kind] = PastSecret(added.path, line, kind, added.commit)
    yield from found.values()


def _kinds(added: _Added) -> Iterator[tuple[int, str]]:
    """A new file is looked at as a whole, of another one the lines that came in."""
    if not suspect(added.path):
        return
    if added.new:
        yield from in_content(added.path, "\n".join(added.lines.values()).encode("utf-8", "replace"))
    else:
        yield from ((line, kind) for line, text in added.lines.items() if (kind := kind_of(text)))


def _added(log: str) -> Iterator[_Added]:
    """The files of each commit, in the log's order."""
    for entry in log.split("\0")[1:]:
        commit, _, patch = entry.partition("\n")
        for part in re.split(r"(?m)^diff --git ", patch)[1:]:
            yield from _of_file(commit.strip(), part)


def _of_file(commit: str, part: str) -> Iterator[_Added]:
    number, path = 0, ""
    lines: dict[int, str] = {}
    new = "\nnew file mode " in part
    for line in part.split("\n"):
        if not number and line.startswith("+++ "):
            path = _path(line[4:])
        elif binary := _BINARY.fullmatch(line):
            path = _path(binary["path"])
        elif hunk := _HUNK.match(line):
            number = int(hunk["line"])
        elif number and line.startswith("+"):
            lines[number] = line[1:]
            number += 1
    if path:
        yield _Added(commit[:10], path, lines, new)


def _path(text: str) -> str:
    """``b/a.env`` without its prefix, and text also where its bytes are no UTF-8; "" for a file that is gone."""
    name = os.fsencode(_git.unquoted(text.rstrip("\t"))).decode("utf-8", "replace")
    return name.removeprefix("b/") if name.startswith("b/") else ""


PROBE = Probe(keys=(HISTORY,), gather=gather, timeout=15.0)
