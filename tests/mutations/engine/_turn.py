"""Which mutations a run makes: all in the long form, else one group, by the commit, so that each comes round.

A rehearsal takes more than two minutes for each, so those are made in the long form only.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.mutations.engine import _images, _live, _rehearsal
from tests.mutations.engine._harm import Harm, Twin

Mutation = Harm | Twin
# By level as many as take about two minutes.
_SIZES = ((_images, 4), (_live, 6))


def groups() -> list[tuple[Mutation, ...]]:
    """The mutations of images and of what runs, in groups of one level each."""
    found: list[tuple[Mutation, ...]] = []
    for module, size in _SIZES:
        every = (*module.DEFECTS, *module.TWINS)
        found += [every[at : at + size] for at in range(0, len(every), size)]
    return found


def in_turn() -> tuple[Mutation, ...]:
    """Those of this run."""
    if os.environ.get("FLAWLESS_FULL") == "1":
        return (*(each for group in groups() for each in group), *_rehearsal.DEFECTS, *_rehearsal.TWINS)
    argv = ("git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD")
    commit = subprocess.run(argv, capture_output=True, text=True, timeout=10, check=False).stdout
    return groups()[int(commit or "0", 16) % len(groups())]
