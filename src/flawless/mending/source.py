"""A file's text in lines, edits of it, and the difference that they make."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from flawless.model.fix import Edit

# What some readers of lines take for a line's end and others do not (YAML 1.1, Python, nginx).
_ODD = re.compile(r"\r(?!\n)|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NO_END = "\\ No newline at end of file\n"


class Source:
    """A text with its own line ends, whichever they are."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.end = "\r\n" if "\r\n" in text else "\n"
        self.lines = text.split(self.end)

    @cached_property
    def even(self) -> bool:
        """Whether all lines end alike, so that every reader counts the same lines."""
        return not _ODD.search(self.text) and not (self.end == "\r\n" and re.search(r"(?<!\r)\n", self.text))

    def line(self, number: int) -> str:
        """A line (from 1) without its end; empty beyond the last."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def after(self, number: int, lines: Iterable[str]) -> Edit:
        """Whole lines put in below the line of that number."""
        return Edit(number, len(self.line(number)) + 1, "".join(f"{self.end}{line}" for line in lines))

    def before(self, number: int, lines: Iterable[str]) -> Edit:
        """Whole lines put in above the line of that number."""
        return Edit(number, 1, "".join(f"{line}{self.end}" for line in lines))

    def edited(self, edits: Iterable[Edit]) -> str:
        """The text with the edits made, each once.

        What is put in at one place comes in the order given, but deeper indentation first: it belongs to what stands
        above, where the other begins something new.
        """
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line) + len(self.end))
        text = self.text
        placed = [
            (starts[edit.line - 1] + edit.column - 1, -_depth(edit), number, edit)
            for number, edit in enumerate(dict.fromkeys(edits))
        ]
        for at, _, _, edit in sorted(placed, key=lambda each: each[:3], reverse=True):
            text = text[:at] + edit.text + text[at + edit.removed :]
        return text


def _depth(edit: Edit) -> int:
    text = edit.text.lstrip("\r\n")
    return len(text) - len(text.lstrip(" "))


def difference(file: str, before: str, after: str, *, new: bool = False) -> str:
    """A unified diff as git writes it; empty when nothing differs."""
    import difflib

    old = "/dev/null" if new else f"a/{file}"
    lines = difflib.unified_diff(_lines(before), _lines(after), old, f"b/{file}")
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_END}" for line in lines)


def _lines(text: str) -> list[str]:
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines
