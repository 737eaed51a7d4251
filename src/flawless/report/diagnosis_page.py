"""A diagnosis for the terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from flawless.model.diagnosis import Diagnosis, Found
from flawless.report.text import one_line

SCHEMA = "flawless/diagnosis/1"


def diagnosis_page(diagnosis: Diagnosis) -> str:
    """The root cause with its line and its fix, what follows from it or stands beside it, and what is not known."""
    return "\n".join(_lines(diagnosis)) + "\n"


def _lines(diagnosis: Diagnosis) -> Iterator[str]:
    if diagnosis.causes:
        root, *others = diagnosis.causes
        yield from ("Root cause", *_cause(root))
        if others:
            yield from ("", "Also seen; may follow from it")
        for found in others:
            yield from _cause(found)
    elif not diagnosis.ill and not diagnosis.unseen:
        yield f"Nothing is wrong that flawless knows of, in {diagnosis.stack}: {', '.join(diagnosis.services)}."
    if diagnosis.unexplained:
        yield f"Not known: why {', '.join(diagnosis.unexplained)} does not run well. No cause shows; read its log."
    if not diagnosis.causes:
        yield from ("Looked at", *(f"  {line}" for line in diagnosis.looked_at))
    if diagnosis.unseen:
        yield from ("Could not be seen", *(f"  {one_line(line)}" for line in diagnosis.unseen))


def _cause(found: Found) -> Iterator[str]:
    yield f"  {found.service}: {found.title}"
    yield f"    seen: {one_line(found.evidence)}"
    yield f"    do: {found.fix}"


def diagnosis_json(diagnosis: Diagnosis) -> str:
    """The same as JSON, schema ``flawless/diagnosis/1``."""
    data: dict[str, Any] = {"schema": SCHEMA, "exit_code": diagnosis.exit_code, **msgspec.to_builtins(diagnosis)}
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"
