"""Rotation of a service's logs: three files of 10 MB."""

from __future__ import annotations

from flawless.mending.case import Case, Fixer
from flawless.mending.compose import Value, block_of
from flawless.model.fix import Fix

_SIZES: Value = {"max-size": "10m", "max-file": '"3"'}


def mend(case: Case) -> Fix:
    """The key ``logging``, or its ``options`` where a driver is named already."""
    block = block_of(case, "logging")
    if block.entry("logging") is None:
        edit = block.put(("logging",), {"driver": "json-file", "options": _SIZES})
    elif case.service.log_options:
        edit = block.put(("logging", "options", "max-size"), "10m")
    else:
        edit = block.put(("logging", "options"), _SIZES)
    return case.fix(block.source.file, f"log rotation for {case.service.name}", edit)


FIXER = Fixer("logs-unbounded", mend)
