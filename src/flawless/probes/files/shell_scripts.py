"""The shell scripts of the stack as text, for the rules that need no other tool."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import SHELL_SCRIPTS
from flawless.model.observed_files import Script
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _scripts
from flawless.probes.files._shared import read_if_there, shown


async def gather(target: Target) -> Iterable[Fact]:
    """Every script, secrets masked."""
    mask = target.ports.masker.mask

    def read() -> tuple[Script, ...]:
        found = _scripts.find(target)
        return tuple(Script(shown(target, path), shell, mask(read_if_there(path))) for path, shell in found)

    return [known(SHELL_SCRIPTS, STACK, await asyncio.to_thread(read), (), target.ports.clock.now())]


PROBE = Probe(keys=(SHELL_SCRIPTS,), gather=gather)
