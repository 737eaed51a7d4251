"""What keeps secrets and history out of each build context, and what gets through."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import structs

from flawless.lines import lines_of
from flawless.model.facts import Fact, Known
from flawless.model.keys import DOCKERIGNORE
from flawless.model.observed_files import IgnoreFile
from flawless.model.stack import Build, Service
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _git
from flawless.probes.files._shared import SKIPPED, Answer, UnseenError, each_built, evidence, read_text, remote, shown

_RISKY = ("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "id_rsa", "id_ed25519", "id_ecdsa")
_RISKY_NAMES = frozenset({".env", ".netrc", ".pgpass", ".htpasswd", "terraform.tfstate", ".git-credentials"})
_RISKY_FOLDERS = frozenset({"secrets", ".secrets", ".aws", ".ssh", ".gnupg"})
_EXAMPLES = (".example", ".sample", ".template", ".dist", ".gitkeep", ".md")
_MOST_ENTRIES = 20_000


async def gather(target: Target) -> Iterable[Fact]:
    """One fact for each build; whether git tracks the file is asked for all at once."""

    def look(_: Service, build: Build) -> Answer[IgnoreFile]:
        return read(target, build)

    facts = await each_built(target, DOCKERIGNORE, look)
    return await _with_tracking(target, facts)


def read(target: Target, build: Build) -> Answer[IgnoreFile]:
    """The ignore file that BuildKit takes (the Dockerfile's own, else the context's) and its holes."""
    context = Path(build.context)
    if remote(build):
        raise UnseenError(f"the build context {build.context} is not on this machine")
    if not context.is_dir():
        raise UnseenError(f"the build context {shown(target, context)} does not exist", remedy="correct build.context")
    path = _ignore_file(context, build.dockerfile)
    text = read_text(target, path) if path.is_file() else ""
    leaks = tuple(_leaks(context, _matcher(text, shown(target, path))))
    proof = (evidence(target, path, text),) if path.is_file() else ()
    return IgnoreFile(shown(target, path), path.is_file(), None, leaks), proof


def matcher_of(target: Target, build: Build) -> Any:
    """What tells, by ``matches(path)``, whether a path of the context is kept out; UnseenError on a bad pattern."""
    path = _ignore_file(Path(build.context), build.dockerfile)
    return _matcher(read_text(target, path) if path.is_file() else "", shown(target, path))


def _ignore_file(context: Path, dockerfile: str) -> Path:
    own = Path(f"{dockerfile}.dockerignore")
    return own if dockerfile and own.is_file() else context / ".dockerignore"


def _matcher(text: str, path: str) -> Any:
    from e2b_dockerfile_utils import PatternMatcher

    try:
        return PatternMatcher(lines_of(text))
    except ValueError as error:
        raise UnseenError(f"{path} cannot be read: {error}", remedy="correct the pattern") from error


def _leaks(context: Path, matcher: Any) -> Iterator[str]:
    """Risky paths that nothing keeps out; a risky folder counts once."""
    if (context / ".git").exists() and not matcher.matches(".git") and not matcher.matches(".git/HEAD"):
        yield ".git"
    found: dict[str, None] = {}
    for path in _files(context):
        if (name := _risky(path)) and not matcher.matches(path):
            found[name] = None
    yield from found


def _files(context: Path) -> Iterator[str]:
    """Files of the context, relative to it; dependency folders and the like hold other people's test keys."""
    seen = 0
    for place, folders, files in os.walk(context):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        prefix = Path(place).relative_to(context)
        for name in sorted(files):
            seen += 1
            if seen > _MOST_ENTRIES:
                return
            yield (prefix / name).as_posix()


def _risky(path: str) -> str:
    """Under what name a path is a risk: its folder or itself; "" when it is none."""
    *folders, name = path.split("/")
    if name.endswith(_EXAMPLES):
        return ""
    for place, folder in enumerate(folders):
        if folder in _RISKY_FOLDERS:
            return "/".join(folders[: place + 1]) + "/"
    risky = name in _RISKY_NAMES or name.startswith(".env.") or any(fnmatch.fnmatch(name, each) for each in _RISKY)
    return path if risky else ""


async def _with_tracking(target: Target, facts: list[Fact]) -> list[Fact]:
    paths = {
        _path(target, fact.reading.value)
        for fact in facts
        if isinstance(fact.reading, Known) and fact.reading.value.exists
    }
    top = _git.top(target) if paths else None
    known = await _git.tracked(target, top, paths) if top else frozenset()
    return [_tracked(target, fact, known) if top else fact for fact in facts]


def _path(target: Target, file: IgnoreFile) -> Path:
    return _git.real(Path(target.stack.root, file.path))


def _tracked(target: Target, fact: Fact, known: frozenset[Path]) -> Fact:
    if not isinstance(fact.reading, Known) or not fact.reading.value.exists:
        return fact
    path = _path(target, fact.reading.value)
    value = structs.replace(fact.reading.value, tracked=path in known)
    return Fact(fact.key, fact.subject, Known(value, fact.reading.evidence, fact.reading.at))


PROBE = Probe(keys=(DOCKERIGNORE,), gather=gather)
