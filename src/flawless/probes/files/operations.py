"""Commands in the stack's own scripts that checks ask for: networks that are made, certificates that are renewed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from flawless.lines import lines_of
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import OPERATIONS
from flawless.model.observed_files import SourceLine
from flawless.model.stack import Origin
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._shared import read_if_there, shown, walk

_DEPTH = 4
_MOST_TEXT = 256 * 1024
_LONGEST = 2_000
_SUFFIXES = frozenset({".sh", ".bash", ".cron", ".service", ".timer", ".mk"})
_NAMES = frozenset({"crontab", "Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", "Taskfile.yml"})
_FOLDERS = frozenset({"bin", "script", "scripts", "deploy", "cron", "cron.d", "workflows", "hooks"})
_PLAIN = frozenset({"", ".yml", ".yaml"})
_ASKED_FOR = re.compile(
    r"\bcertbot\b|\bacme\.sh\b|\bdehydrated\b|\blego\b.*\b(?:run|renew)\b|\bnetwork\s+create\b"
    r"|\bnginx\b.*(?:-s\s+reload|\bHUP\b|\brestart\b)|(?:reload|HUP|restart)\b.*\bnginx\b"
)
_RENEWAL = re.compile(r"^(?:authenticator|webroot_path|renew_hook|post_hook|pre_hook|deploy_hook)\s*=\s*\S.*$")


async def gather(target: Target) -> Iterable[Fact]:
    """The commands in file order, and what certbot itself wrote down about its renewals, where that is mounted."""
    found = await asyncio.to_thread(lambda: (*_commands(target), *_renewals(target)))
    return [known(OPERATIONS, STACK, found, (), target.ports.clock.now())]


def _commands(target: Target) -> Iterator[SourceLine]:
    for path in walk(Path(target.stack.root), _DEPTH):
        if _is_script(path):
            for line, whole in _joined(read_if_there(path)[:_MOST_TEXT]):
                text = whole[:_LONGEST]
                if _ASKED_FOR.search(text) and not text.lstrip().startswith("#"):
                    yield SourceLine(_shown(target, text), Origin(shown(target, path), line))


def _is_script(path: Path) -> bool:
    if path.suffix in _SUFFIXES or path.name in _NAMES:
        return True
    return path.parent.name in _FOLDERS and path.suffix in _PLAIN


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, those that end with a backslash together with the next one."""
    held, first = "", 0
    for number, line in enumerate(lines_of(text), 1):
        first = first or number
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        yield first, held + line
        held, first = "", 0
    if held:
        yield first, held


def _renewals(target: Target) -> Iterator[SourceLine]:
    folders = {
        Path(mount.source, "renewal")
        for service in target.stack.services
        for mount in service.mounts
        if mount.kind == "bind" and mount.target.rstrip("/") == "/etc/letsencrypt"
    }
    for folder in sorted(folders):
        for path in walk(folder, 0):
            for line, text in enumerate(lines_of(read_if_there(path)), 1) if path.suffix == ".conf" else ():
                if _RENEWAL.match(text):
                    yield SourceLine(_shown(target, text[:_LONGEST]), Origin(shown(target, path), line))


def _shown(target: Target, text: str) -> str:
    return target.ports.masker.mask_source(" ".join(text.split()))


PROBE = Probe(keys=(OPERATIONS,), gather=gather)
