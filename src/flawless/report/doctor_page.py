"""The needs of a deploy on one screen, and as JSON. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import msgspec

from flawless.model.doctor import Health, Need
from flawless.report.text import one_line

SCHEMA = "flawless/doctor/1"
SIGNS = {Health.OK: "✔", Health.WARN: "!", Health.BAD: "✘", Health.UNKNOWN: "?"}
_LAST = {
    0: "a deploy can start here",
    1: "a deploy cannot start here",
    3: "whether a deploy can start here is not known",
}


def doctor_page(needs: Sequence[Need], code: int, width: int = 100) -> str:
    """Each need with its sign and, where something is to be done, the fix below it; the verdict last."""
    longest = max(len(need.name) for need in needs)
    blank = " " * (longest + 4)
    lines = []
    for need in needs:
        head = f"{SIGNS[need.health]} {need.name:<{longest}}  "
        lines += textwrap.wrap(head + one_line(need.message), width, subsequent_indent=blank)
        if need.fix:
            lines += textwrap.wrap(f"{blank}do: {one_line(need.fix)}", width, subsequent_indent=blank)
    return "\n".join((*lines, "", _LAST[code], ""))


def doctor_json(needs: Sequence[Need], code: int) -> str:
    """The same as JSON, schema ``flawless/doctor/1``; ``exit_code`` is that of the command."""
    data = {"schema": SCHEMA, "exit_code": code, "needs": msgspec.to_builtins(tuple(needs))}
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"
