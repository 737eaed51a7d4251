"""The shell scripts of a stack: files that end in .sh or begin with a shell's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from flawless.ports.bundle import Target
from flawless.probes.files._shared import remote, walk

_DEPTH = 4
_MOST = 200
_MOST_BYTES = 100_000
_SHEBANG = re.compile(rb"#!\s*\S*/(?:env\s+(?:-S\s+)?)?(?P<shell>sh|bash|dash|ash|ksh)\b")
_TEXT = (".py", ".js", ".ts", ".json", ".md", ".yaml", ".yml", ".toml", ".rs", ".html", ".css", ".sql", ".lock", ".txt")


def find(target: Target) -> Iterator[tuple[Path, str]]:
    """Path and shell of each script in the stack's folder and its build contexts, 200 at most."""
    seen: set[Path] = set()
    contexts = (
        service.build.context for service in target.stack.services if service.build and not remote(service.build)
    )
    for folder in dict.fromkeys((target.stack.root, *contexts)):
        for path in walk(Path(folder), _DEPTH) if Path(folder).is_dir() else ():
            if path in seen or path.suffix in _TEXT or ".flawless" in path.parts:
                continue
            seen.add(path)
            if shell := _shell(path):
                yield path, shell
            if len(seen) > _MOST * 100:
                return


def _shell(path: Path) -> str:
    """The shell that a file is written for, or "" for any other file."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return ""
        with path.open("rb") as file:
            found = _SHEBANG.match(file.read(80))
    except OSError:
        return ""
    if found:
        return found["shell"].decode()
    return "sh" if path.suffix == ".sh" else ""


def shell_of_text(text: str) -> str:
    """The shell that a text names in its first line, or ""."""
    found = _SHEBANG.match(text[:80].encode())
    return found["shell"].decode() if found else ""
