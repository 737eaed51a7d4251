"""What a diagnosis says: the causes, deepest first, what was looked at, and what could not be seen."""

from __future__ import annotations

from msgspec import Struct


class Found(Struct, frozen=True):
    """A cause that shows in a service, and the line by which it does."""

    cause: str
    title: str
    service: str
    evidence: str
    fix: str
    depth: int


class Diagnosis(Struct, frozen=True):
    """``services`` were looked at; ``ill`` are those that do not run as they should.

    ``unseen`` says what could not be looked at, and why.
    """

    stack: str
    services: tuple[str, ...]
    causes: tuple[Found, ...]
    ill: tuple[str, ...]
    looked_at: tuple[str, ...]
    unseen: tuple[str, ...]

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Services that are ill, and in which no cause shows."""
        return tuple(name for name in self.ill if name not in {found.service for found in self.causes})

    @property
    def exit_code(self) -> int:
        """1 for a cause, 3 where something is ill or unseen and no cause shows, 0 where nothing is wrong."""
        if self.causes:
            return 1
        return 3 if self.ill or self.unseen else 0
