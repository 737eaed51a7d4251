"""What the project's own compiler, linter and type checker say, each in its machine-readable mode.

Only tools that the project configures are asked, and nothing is written into the checkout.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import COMPILERS
from flawless.model.observed_files import LintHit, LintRun
from flawless.model.stack import Origin
from flawless.ports.bundle import Probe, Target
from flawless.ports.shell import CommandResult
from flawless.probes.files._shared import read_if_there, remote, shown, walk
from flawless.probes.tools import _tool

_SECONDS = 300.0
_DEPTH = 3
_MOST_HITS = 50
_TSC = re.compile(r"^(?P<file>[^()\n]+)\((?P<line>\d+),\d+\): (?P<level>error|warning) (?P<code>TS\d+): (?P<said>.*)$")
Hits = Callable[[CommandResult, Path], Iterator[LintHit]]


class Tool(Struct, frozen=True):
    """A tool and how to ask it: the file that configures it, a pattern in that file, the command, what reads it."""

    name: str
    configured_in: tuple[str, ...]
    pattern: str
    argv: tuple[str, ...]
    hits: Hits
    install: str


def _cargo(result: CommandResult, folder: Path) -> Iterator[LintHit]:
    """One JSON object a line; those with the reason compiler-message hold rustc's diagnostics."""
    for line in result.stdout.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        message = entry.get("message") or {}
        if entry.get("reason") == "compiler-message" and message.get("level") in ("warning", "error"):
            spans = message.get("spans") or ()
            if spans:  # the rest are sums
                place = Origin(str(folder / spans[0]["file_name"]), int(spans[0]["line_start"]))
                code = (message.get("code") or {}).get("code") or "rustc"
                yield LintHit(code, message["level"], str(message["message"]), place)


def _ruff(result: CommandResult, folder: Path) -> Iterator[LintHit]:
    for each in _tool.decoded(result, "ruff"):
        place = Origin(each["filename"], int((each.get("location") or {}).get("row") or 0))
        yield LintHit(str(each.get("code") or "syntax"), "warning", str(each["message"]), place)


def _mypy(result: CommandResult, folder: Path) -> Iterator[LintHit]:
    """One JSON object a line."""
    for line in result.stdout.splitlines():
        if line.startswith("{"):
            each = json.loads(line)
            if each.get("severity") != "note":
                place = Origin(str(folder / each["file"]), int(each["line"]))
                yield LintHit(str(each.get("code") or "mypy"), "error", str(each["message"]), place)


def _tsc(result: CommandResult, folder: Path) -> Iterator[LintHit]:
    for line in result.stdout.splitlines():
        if found := _TSC.match(line):
            place = Origin(str(folder / found["file"]), int(found["line"]))
            yield LintHit(found["code"], found["level"], found["said"], place)


def _eslint(result: CommandResult, folder: Path) -> Iterator[LintHit]:
    for file in _tool.decoded(result, "eslint"):
        for each in file.get("messages") or ():
            level = "error" if each.get("severity") == 2 else "warning"
            place = Origin(file["filePath"], int(each.get("line") or 0))
            yield LintHit(str(each.get("ruleId") or "syntax"), level, str(each["message"]), place)


_PYPROJECT = ("pyproject.toml",)
_NPX = "npm ci in that folder"
TOOLS = (
    Tool("cargo check", ("Cargo.toml",), "", ("cargo", "check", "--locked", "--message-format=json"), _cargo, "rustup"),
    Tool(
        "ruff check", ("ruff.toml", ".ruff.toml", *_PYPROJECT), r"^\[tool\.ruff",
        ("ruff", "check", "--no-cache", "--exit-zero", "--output-format=json", "."), _ruff, "pip install ruff",
    ),
    Tool(
        "mypy", ("mypy.ini", *_PYPROJECT), r"^\[tool\.mypy\]|^\[mypy\]",
        ("mypy", "--output=json", "--cache-dir=/dev/null", "."), _mypy, "pip install mypy",
    ),
    Tool("tsc", ("tsconfig.json",), "", ("node_modules/.bin/tsc", "--noEmit", "--pretty", "false"), _tsc, _NPX),
    Tool(
        "eslint", ("eslint.config.js", "eslint.config.mjs", ".eslintrc.json", ".eslintrc.cjs", ".eslintrc.js"), "",
        ("node_modules/.bin/eslint", "--format=json", "."), _eslint, _NPX,
    ),
)  # fmt: skip
"""The tools that are asked, in this order."""


async def gather(target: Target) -> Iterable[Fact]:
    """A run for each tool that a build context configures; its value says so where the tool did not run."""
    wanted = await asyncio.to_thread(lambda: list(_configured(target)))
    runs = [await _run(target, tool, folder) for tool, folder in wanted]
    return [known(COMPILERS, STACK, tuple(runs), (), target.ports.clock.now())]


def _configured(target: Target) -> Iterator[tuple[Tool, Path]]:
    builds = (service.build for service in target.stack.services if service.build)
    contexts = dict.fromkeys(Path(build.context) for build in builds if not remote(build))
    asked: set[tuple[str, Path]] = set()
    for context in contexts:
        for path in walk(context, _DEPTH) if context.is_dir() else ():
            for tool in TOOLS:
                if (tool.name, path.parent) not in asked and _configures(tool, path):
                    asked.add((tool.name, path.parent))
                    yield tool, path.parent


def _configures(tool: Tool, path: Path) -> bool:
    if path.name not in tool.configured_in:
        return False
    return path.name not in _PYPROJECT or bool(re.search(tool.pattern, read_if_there(path), re.MULTILINE))


async def _run(target: Target, tool: Tool, folder: Path) -> LintRun:
    name = f"{tool.name} in {shown(target, folder)}"
    argv = tuple(str(folder / word) if word.startswith("node_modules/") else word for word in tool.argv)
    with tempfile.TemporaryDirectory(prefix="flawless-") as build:
        try:
            result = await _tool.run(
                target, argv, install=tool.install, timeout=_SECONDS, cwd=folder, env={"CARGO_TARGET_DIR": build}
            )
            hits = tuple(_shown(target, hit) for hit in tool.hits(result, folder))
        except (FlawlessError, RecursionError, *_tool.MALFORMED) as error:
            why = error.what if isinstance(error, FlawlessError) else f"its answer cannot be read: {error}"
            return LintRun(name, 0, (), f"{why} ({tool.install})")
    if not result.ok and not hits:
        said = (result.stderr or result.stdout).strip().splitlines()
        return LintRun(name, 0, (), target.ports.masker.mask(said[-1][:200] if said else f"exit code {result.status}"))
    return LintRun(name, len({hit.origin.file for hit in hits}), hits[:_MOST_HITS])


def _shown(target: Target, hit: LintHit) -> LintHit:
    origin = Origin(shown(target, hit.origin.file), hit.origin.line)
    return LintHit(hit.code, hit.level, target.ports.masker.mask(hit.message)[:300], origin)


PROBE = Probe(keys=(COMPILERS,), gather=gather, timeout=900.0)
