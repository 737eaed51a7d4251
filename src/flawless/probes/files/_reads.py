"""What a reader of source finds: variables that are read, and places that read names nobody can tell."""

from __future__ import annotations

import re

from msgspec import Struct

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_MOST = 500


class Read(Struct, frozen=True):
    """A variable that is read on a line (from 1); the rest as in ``NameRead`` of the model."""

    name: str
    line: int
    required: bool = False
    default: bool = False
    baked: bool = False


class Found(Struct, frozen=True):
    """What one text reads: its variables, and (prefix, line) of names that are put together there."""

    reads: tuple[Read, ...] = ()
    untold: tuple[tuple[str, int], ...] = ()


NOTHING = Found()


class Reads:
    """Collects what one text reads; bounded, so that a generated file costs no more than another."""

    def __init__(self) -> None:
        self._reads: list[Read] = []
        self._untold: list[tuple[str, int]] = []

    @property
    def full(self) -> bool:
        """Whether no more is taken."""
        return len(self._reads) >= _MOST

    def add(self, name: str, line: int, *, required: bool = False, default: bool = False, baked: bool = False) -> None:
        """A variable is read; what is no name is passed over."""
        if NAME.match(name) and not self.full:
            self._reads.append(Read(name, line, required and not default, default, baked))

    def cannot_tell(self, prefix: str, line: int) -> None:
        """Names are read that begin with the prefix, and nobody can tell which."""
        if len(self._untold) < _MOST:
            self._untold.append((prefix, line))

    def found(self) -> Found:
        """All that was found."""
        return Found(tuple(self._reads), tuple(self._untold))
