"""A safe change of a file that takes a finding away, as edits of its text."""

from __future__ import annotations

from msgspec import Struct


class Edit(Struct, frozen=True):
    """Text put in at a line and column (both from 1, in characters) in place of the ``removed`` characters after it."""

    line: int
    column: int
    text: str
    removed: int = 0


class Fix(Struct, frozen=True):
    """One change of one file that mends what a check found of a subject; ``what`` says it in a few words.

    ``file`` is relative to the stack's folder; ``new`` tells that it does not exist yet.
    """

    check: str
    subject: str
    file: str
    what: str
    edits: tuple[Edit, ...]
    new: bool = False
