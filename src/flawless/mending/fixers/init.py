"""``init: true`` where a shell is PID 1: the engine's own init then takes the signals and collects the dead."""

from __future__ import annotations

from flawless.checks.images._shared import SHELLS, start
from flawless.mending.case import Case, Fixer, LeftAloneError
from flawless.mending.compose import block_of
from flawless.model.fix import Fix
from flawless.model.keys import DOCKERFILE


def mend(case: Case) -> Fix:
    """The key ``init`` for a service whose start command is known to begin with a shell."""
    argv, _, _ = start(case.view, case.view.find(DOCKERFILE))
    if not argv or argv[0].rpartition("/")[2] not in SHELLS:
        raise LeftAloneError("its PID 1 is no shell; whether it wants an init is for its author to say")
    block = block_of(case, "init")
    return case.fix(block.source.file, f"an init for {case.service.name}", block.put(("init",), "true"))


FIXER = Fixer("init-missing", mend)
