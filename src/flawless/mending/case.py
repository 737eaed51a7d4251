"""What a fixer gets and what it may answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from msgspec import Struct

from flawless.mending.source import Source
from flawless.model.check import Finding, View
from flawless.model.fix import Edit, Fix
from flawless.model.stack import Service


class LeftAloneError(Exception):
    """A fix would not be safe here; the text says why, as the end of "left alone: "."""


class Case(Struct, frozen=True):
    """One subject of a check that failed: what the files say of it, its findings, and the texts of the files."""

    check: str
    view: View
    findings: tuple[Finding, ...]
    texts: Mapping[str, str]

    @property
    def service(self) -> Service:
        """The service that is to be mended."""
        return self.view.service

    def source(self, file: str) -> Source:
        """A file of the stack by its name there; raise LeftAloneError when it is not to be changed."""
        text = self.texts.get(file)
        if text is None:
            raise LeftAloneError(f"{file} cannot be read, or lies outside the stack's folder")
        source = _source(file, text)
        if not source.even:
            raise LeftAloneError(f"{file} mixes line ends")
        return source

    def fix(self, file: str, what: str, *edits: Edit, new: bool = False) -> Fix:
        """The answer: these edits of that file."""
        return Fix(self.check, self.view.subject, file, what, edits, new)


@lru_cache(maxsize=32)
def _source(file: str, text: str) -> Source:
    """A file in lines; asked for once a finding."""
    return Source(file, text)


class Fixer(Struct, frozen=True):
    """Mends what one check finds of one service; ``mend`` raises LeftAloneError where that would not be safe."""

    check: str
    mend: Callable[[Case], Fix]
