"""What a command loads before it answers: heavy libraries stay out of the commands that need no engine."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

ENGINE = ("aiodocker", "aiohttp", "asyncpg", "redis", "textual", "sqlalchemy")
READING = ("httpx2", "jinja2", "rich", "yaml", "cryptography", "asyncio")
TINY = "services:\n  web:\n    image: nginx:1.27\n"
_LINE = re.compile(r"^import time: +\d+ \| +\d+ \|( +)(\S+)$", re.MULTILINE)
Imports = list[tuple[int, str]]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The smallest stack: one service."""
    (tmp_path / "compose.yaml").write_text(TINY)
    return tmp_path


def imports(*args: str) -> Imports:
    """(depth, module) of each import of a cold run, in the order in which they were finished."""
    done = subprocess.run(
        (sys.executable, "-X", "importtime", "-m", "flawless", *args),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = [(len(match[1]), match[2]) for match in _LINE.finditer(done.stderr)]
    assert "flawless.cli.door" in {name for _, name in found}, f"it did not start: {done.stderr[-2000:]}"
    return found


def culprits(found: Imports, unwanted: Iterable[str]) -> list[str]:
    """Who loads what is not wanted: ``library <- its importer <- the importer's importer``, one for each library."""
    chains: dict[str, str] = {}
    for number, (depth, name) in enumerate(found):
        library = name.partition(".")[0]
        if library in unwanted:
            chains.setdefault(library, _chain(found[number:], depth, name))
    return list(chains.values())


def _chain(rest: Imports, depth: int, name: str) -> str:
    """An importer is finished after what it imports: the next line that is less deep is the importer."""
    chain = [name]
    for other_depth, other in rest:
        if other_depth < depth:
            chain.append(other)
            depth = other_depth
    return " <- ".join(chain)


@pytest.mark.parametrize("argv", [("--help",), ("check", "--help"), ("deploy", "--help")], ids=" ".join)
def test_help_loads_no_heavy_library(argv: tuple[str, ...]) -> None:
    assert culprits(imports(*argv), (*ENGINE, *READING)) == []


def test_a_check_of_files_loads_nothing_for_the_engine(tiny: Path) -> None:
    found = imports("check", str(tiny))
    assert (tiny / ".flawless" / "report.json").is_file(), "the check came to no report"
    assert culprits(found, ENGINE) == []


def test_a_check_that_asks_no_database_loads_no_http_client(tiny: Path) -> None:
    assert culprits(imports("check", str(tiny)), ("httpx2", "cryptography")) == []


def test_the_module_that_loads_a_heavy_library_is_named() -> None:
    found = [(5, "aiohttp.client"), (3, "aiodocker"), (3, "click"), (1, "flawless.ports.aioengine"), (1, "flawless")]
    assert culprits(found, ("aiohttp",)) == ["aiohttp.client <- aiodocker <- flawless.ports.aioengine"]
