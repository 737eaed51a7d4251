"""A ``touch`` of the real source before cargo builds over a stub: cargo judges by the time of change."""

from __future__ import annotations

import re

from flawless.mending.case import Case, Fixer, LeftAloneError
from flawless.model.fix import Edit, Fix

_RUN = re.compile(r"\s*RUN\s+(?:--\S+\s+)*(?=[\w./])", re.IGNORECASE)
_TOUCH = "find . -name '*.rs' ! -path './target/*' -exec touch {} + && "


def mend(case: Case) -> Fix:
    """The command in front of the RUN that builds, where that RUN begins on its own line."""
    at = case.findings[0].location
    if at is None or not at.line:
        raise LeftAloneError("where the program is built is not known")
    found = _RUN.match(case.source(at.file).line(at.line))
    if not found:
        raise LeftAloneError(f"{at} begins with no plain command")
    return case.fix(at.file, "the source is made newer than the stub", Edit(at.line, found.end() + 1, _TOUCH))


FIXER = Fixer("stub-build-shipped", mend)
