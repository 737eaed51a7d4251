"""A stack and its file facts from texts, read with the real Compose: for tests that run written examples."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flawless.app.gather import gather
from flawless.app.observe import read_stack
from flawless.errors import EngineError
from flawless.model.facts import FactKey, Facts
from flawless.model.settings import Settings
from flawless.model.stack import Stack
from flawless.ports.bundle import Ports, Target
from flawless.ports.clock import RealClock
from flawless.ports.files import RealFiles
from flawless.ports.ids import RealIds
from flawless.ports.mask import Masker
from flawless.ports.shell import RealShell


class Nowhere:
    """Stands where an engine or a network would be: every use of it fails."""

    def __getattr__(self, name: str) -> Any:
        raise EngineError("no engine here", where=name)


def file_ports(masker: Masker | None = None) -> Ports:
    """Ports that reach files and commands, and neither an engine nor a network."""
    nowhere: Any = Nowhere()
    return Ports(RealShell(), nowhere, nowhere, RealFiles(), RealClock(), RealIds(), masker or Masker())


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """Put each text at its path below ``root``."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def stack_from(files: Mapping[str, str], root: Path, settings: Settings | None = None) -> Stack:
    """Write the files and resolve them as a user's stack would be."""
    write_files(root, files)
    stack, _ = asyncio.run(read_stack(root, settings or Settings(), file_ports()))
    return stack


def facts_from(stack: Stack, keys: Iterable[FactKey[Any]], settings: Settings | None = None) -> Facts:
    """What the file probes say of a stack that was read."""
    target = Target(stack, settings or Settings(), file_ports())
    return asyncio.run(gather(target, keys))


def observe_files(root: Path, files: Mapping[str, str], keys: Iterable[FactKey[Any]]) -> tuple[Stack, Facts]:
    """Write the files, resolve them, and gather the facts that the keys name."""
    stack = stack_from(files, root)
    return stack, facts_from(stack, keys)
