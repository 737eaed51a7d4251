"""What squawk says of the SQL migrations of a stack with a PostgreSQL, where it is installed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import SQL_LINT
from flawless.model.observed_files import LintHit, LintRun
from flawless.model.stack import Origin, Role
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._shared import shown, walk
from flawless.probes.tools import _tool

INSTALL = "pip install squawk-cli"
_DEPTH = 5
_FOLDER = re.compile(r"^(?:migrations?|migrate|versions)$", re.IGNORECASE)
_UNDO = re.compile(r"(?:\.|_|^)down\.sql$|^U\d", re.IGNORECASE)
# Locks, rewrites, and what breaks the release that runs: not the rules of style.
RULES = frozenset(
    {"adding-field-with-default", "adding-foreign-key-constraint", "adding-not-nullable-field", "adding-required-field"}
    | {"adding-serial-primary-key-field", "changing-column-type", "constraint-missing-not-valid", "renaming-column"}
    | {"renaming-table", "require-concurrent-index-creation", "require-concurrent-index-deletion", "ban-drop-column"}
    | {"ban-drop-table", "ban-drop-database", "disallowed-unique-constraint", "ban-drop-not-null", "syntax-error"}
)


def migrations(target: Target) -> list[Path]:
    """SQL files in folders of migrations, those that undo one left out."""
    if not any("postgres" in service.image for service in target.stack.with_role(Role.DATABASE)):
        return []
    found = (path for path in walk(Path(target.stack.root), _DEPTH) if path.suffix == ".sql")
    return [
        path
        for path in found
        if not _UNDO.search(path.name)
        and any(_FOLDER.match(part) for part in path.relative_to(target.stack.root).parts[:-1])
    ]


async def gather(target: Target) -> Iterable[Fact]:
    """One run over all migrations; without any, a run over no file."""
    files = await asyncio.to_thread(migrations, target)
    if not files:
        return [known(SQL_LINT, STACK, LintRun("squawk", 0, ()), (), target.ports.clock.now())]
    # Most tools run each file in a transaction; without that, squawk counts tables of the same file as old ones.
    argv = ("squawk", "--assume-in-transaction", "--reporter", "json", *map(str, files))
    result = await _tool.run(target, argv, install=INSTALL)
    hits = _tool.hits(_tool.decoded(result, "squawk"), lambda each: _hit(target, each), "squawk")
    told = tuple(hit for hit in hits if hit.code in RULES)
    return [known(SQL_LINT, STACK, LintRun("squawk", len(files), told), _tool.proof(target, result), result.at)]


def _hit(target: Target, raw: dict[str, Any]) -> LintHit:
    """squawk counts lines from 0."""
    origin = Origin(shown(target, raw["file"]), int(raw["line"]) + 1)
    help_text = f" {raw['help']}" if raw.get("help") else ""
    said = target.ports.masker.mask(f"{raw['message']}{help_text}")
    return LintHit(str(raw["rule_name"]), str(raw["level"]).lower(), said, origin)


PROBE = Probe(keys=(SQL_LINT,), gather=gather, timeout=40.0)
