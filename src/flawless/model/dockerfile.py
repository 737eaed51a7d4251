"""A Dockerfile as read: stages and instructions with their lines."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct


class Instruction(Struct, frozen=True):
    """One instruction: upper-case name, arguments as words, flags, heredoc bodies, and its first line."""

    name: str
    line: int
    original: str
    args: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    json_form: bool = False
    heredocs: tuple[str, ...] = ()


class Stage(Struct, frozen=True):
    """One stage: its name, the image or earlier stage it starts from (ARGs expanded), and its instructions."""

    name: str
    base: str
    line: int
    instructions: tuple[Instruction, ...]
    parent: int | None = None


class Dockerfile(Struct, frozen=True):
    """A Dockerfile; ``target`` is the index of the stage that is shipped; ``path`` is relative to the stack."""

    path: str
    stages: tuple[Stage, ...]
    target: int

    @property
    def final(self) -> Stage:
        """The stage that is shipped."""
        return self.stages[self.target]

    def lineage(self) -> tuple[Stage, ...]:
        """The shipped stage and the stages it starts from, the oldest first."""
        chain = [self.final]
        while (parent := chain[0].parent) is not None:
            chain.insert(0, self.stages[parent])
        return tuple(chain)

    def shipped(self, name: str) -> Iterator[Instruction]:
        """Instructions of that name which reach the shipped image, in order."""
        for stage in self.lineage():
            yield from (step for step in stage.instructions if step.name == name)

    def last(self, name: str) -> Instruction | None:
        """The instruction of that name which is in force in the shipped image, or None."""
        return next(reversed(list(self.shipped(name))), None)
