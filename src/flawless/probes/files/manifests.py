"""What the images install: manifests, their locks, and whether the build keeps to the lock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from msgspec import structs

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import MANIFESTS
from flawless.model.observed_files import Manifest
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _git
from flawless.probes.files._manifests import find


async def gather(target: Target) -> Iterable[Fact]:
    """Every manifest of the build contexts, and what git says of its lock."""
    manifests = await asyncio.to_thread(find, target)
    locks = {_lock(target, each) for each in manifests if each.lock}
    top = _git.top(target) if locks else None
    if top:
        tracked = await _git.tracked(target, top, locks)
        manifests = tuple(
            structs.replace(each, lock_tracked=_lock(target, each) in tracked) if each.lock else each
            for each in manifests
        )
    return [known(MANIFESTS, STACK, manifests, (), target.ports.clock.now())]


def _lock(target: Target, manifest: Manifest) -> Path:
    return _git.real(Path(target.stack.root, manifest.lock))


PROBE = Probe(keys=(MANIFESTS,), gather=gather)
