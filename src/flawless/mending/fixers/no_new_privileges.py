"""``no-new-privileges`` where nothing in the image is known to need a setuid program or a file's capabilities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.mending.case import Case, Fixer, LeftAloneError
from flawless.mending.compose import block_of
from flawless.mending.known import NEEDS_NO_PRIVILEGES, official_name
from flawless.model.dockerfile import Dockerfile
from flawless.model.fix import Fix
from flawless.model.keys import DOCKERFILE

_OPTION = "no-new-privileges"
_NEEDS = re.compile(r"\bsudo\b|\bsu\b|\bdoas\b|setcap|chmod\s+\S*(?:[ug]\+s|[2467]\d{3})\b|\bpasswd\b|chrom|\bping\b")


def mend(case: Case) -> Fix:
    """One more entry of ``security_opt``."""
    if case.service.privileged:
        raise LeftAloneError("it is privileged; that has to go first")
    if any(_OPTION in option for option in case.service.security_opt):
        raise LeftAloneError("no-new-privileges is decided already; capabilities are for its author to drop")
    _refuse_unknown(case)
    block = block_of(case, "security_opt")
    edit = block.put(("security_opt",), [f"{_OPTION}:true"])
    return case.fix(block.source.file, f"no new privileges for {case.service.name}", edit)


def _refuse_unknown(case: Case) -> None:
    dockerfile = case.view.find(DOCKERFILE) if case.service.build else None
    if dockerfile is not None:
        if any(_NEEDS.search(text) for text in _texts(case, dockerfile)):
            raise LeftAloneError(f"{dockerfile.path} speaks of programs that may need new privileges")
    elif official_name(case.service.image) not in NEEDS_NO_PRIVILEGES:
        raise LeftAloneError("what its image needs is not known")


def _texts(case: Case, dockerfile: Dockerfile) -> Iterator[str]:
    for stage in dockerfile.lineage():
        for step in stage.instructions:
            yield from (step.original, *step.heredocs)
    yield " ".join((*(case.service.entrypoint or ()), *(case.service.command or ())))


FIXER = Fixer("capabilities-excessive", mend)
