"""Lock files: the packages that they pin, each with its line. Text in, packages out; ValueError on garbage."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from flawless.lines import lines_of
from flawless.model.observed_files import Package
from flawless.model.stack import Origin

_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*===?\s*([^\s;\\#,]+)")
_NAME = re.compile(r'^name\s*=\s*"')
_YARN = re.compile(r'^"?(@?[^@"\s]+)@.*:$')
_YARN_VERSION = re.compile(r'^\s+version:? "?([^"\s]+)"?$')
_PNPM = re.compile(r"^  ['\"]?/?(@?[^@/'\"\s]+(?:/[^@'\"\s]+)?)[@/](\d[^('\":\s]*)")

Locked = Callable[[str, str], Iterator[Package]]


def _toml(ecosystem: str) -> Locked:
    def read(text: str, file: str) -> Iterator[Package]:
        """uv.lock, poetry.lock, pdm.lock, pylock.toml and Cargo.lock: a list of tables with name and version."""
        content = tomllib.loads(text)
        tables = content.get("package") or content.get("packages") or []
        for table, line in zip(tables, _name_lines(text), strict=False):
            if isinstance(table, dict) and "version" in table and not _local(ecosystem, table):
                yield Package(ecosystem, str(table.get("name")), str(table["version"]), Origin(file, line))

    return read


def _name_lines(text: str) -> Iterator[int]:
    """The line of each table's name, in order; a table without one would shift them, and has none in any format."""
    inside = False
    for number, line in enumerate(lines_of(text), 1):
        if line.startswith("["):
            inside = line.strip() in {"[[package]]", "[[packages]]"}
        elif inside and _NAME.match(line):
            inside = False
            yield number


def _local(ecosystem: str, table: dict[str, Any]) -> bool:
    """Whether a package is the project itself or a folder of it, which no database knows."""
    source = table.get("source")
    if ecosystem == "crates.io":
        return not source
    return isinstance(source, dict) and bool({"editable", "virtual", "directory", "path"} & set(source))


def requirements(text: str, file: str) -> Iterator[Package]:
    """``name==version`` lines; options, hashes and comments are passed over."""
    for number, line in enumerate(lines_of(text), 1):
        if found := _PINNED.match(line.strip()):
            yield Package("PyPI", found[1], found[2], Origin(file, number))


def _npm(text: str, file: str) -> Iterator[Package]:
    """package-lock.json, versions 1 to 3."""
    content = json.loads(text)
    lines = _key_lines(text)
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    for key, entry in (content.get("packages") or {}).items():
        if "node_modules/" in key and isinstance(entry, dict) and "version" in entry and not entry.get("link"):
            name = entry.get("name") or key.rpartition("node_modules/")[2]
            yield Package("npm", name, str(entry["version"]), Origin(file, lines.get(key, 0)))
    if "packages" not in content:
        yield from _npm_old(content.get("dependencies") or {}, file, lines)


def _npm_old(entries: dict[str, Any], file: str, lines: dict[str, int]) -> Iterator[Package]:
    for name, entry in entries.items():
        if isinstance(entry, dict) and "version" in entry:
            yield Package("npm", name, str(entry["version"]), Origin(file, lines.get(name, 0)))
            yield from _npm_old(entry.get("dependencies") or {}, file, lines)


def _key_lines(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in enumerate(lines_of(text), 1):
        if key := re.match(r'\s*"([^"]+)": \{', line):
            found.setdefault(key[1], number)
    return found


def _yarn(text: str, file: str) -> Iterator[Package]:
    """yarn.lock, classic and berry."""
    name, line = "", 0
    for number, content in enumerate(lines_of(text), 1):
        if found := _YARN.match(content):
            name, line = found[1], number
        elif name and (version := _YARN_VERSION.match(content)):
            if "workspace" not in version[1] and not version[1].startswith("0.0.0-use.local"):
                yield Package("npm", name, version[1], Origin(file, line))
            name = ""


def _pnpm(text: str, file: str) -> Iterator[Package]:
    """pnpm-lock.yaml: the keys of its ``packages``."""
    inside = False
    for number, line in enumerate(lines_of(text), 1):
        if line and not line[0].isspace():
            inside = line.startswith("packages:")
        elif inside and (found := _PNPM.match(line)):
            yield Package("npm", found[1], found[2], Origin(file, number))


_READERS: dict[str, Locked] = {
    "uv.lock": _toml("PyPI"),
    "poetry.lock": _toml("PyPI"),
    "pdm.lock": _toml("PyPI"),
    "pylock.toml": _toml("PyPI"),
    "Cargo.lock": _toml("crates.io"),
    "package-lock.json": _npm,
    "npm-shrinkwrap.json": _npm,
    "yarn.lock": _yarn,
    "pnpm-lock.yaml": _pnpm,
}


def readable(lock: str) -> bool:
    """Whether packages can be read from a lock of that name."""
    name = PurePosixPath(lock).name
    return name in _READERS or name.endswith((".txt", ".lock", ".in"))


@lru_cache(maxsize=4)
def packages(text: str, file: str) -> tuple[Package, ...]:
    """The packages of a lock file, which may be large: two probes ask. ValueError when it is not what its name says."""
    reader = _READERS.get(PurePosixPath(file).name, requirements)
    try:
        return tuple(reader(text, file))
    except (TypeError, AttributeError, KeyError, RecursionError) as error:
        raise ValueError(f"it is no lock file: {error}") from error
