"""What can go wrong, as types. Nothing here prints or exits; ``cli.door`` does.

FlawlessError            one sentence, where, what to do, and the exit code
├── UsageError           2   wrong arguments, wrong configuration, unreadable stack
├── RefusedError         6   somebody else deploys, or a rule forbids it
├── EngineError          3   the Docker engine does not answer as it should
├── CommandError         1   an external command failed
└── DeployError          4 or 5   a deploy failed (5: and the restore failed too)
"""

from __future__ import annotations


class FlawlessError(Exception):
    """An expected failure: what happened, where, what to do about it, and what else is wrong, one line each."""

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", remedy: str = "", also: tuple[str, ...] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.also = also

    def __str__(self) -> str:
        where = f" ({self.where})" if self.where else ""
        also = "".join(f"\n  also: {line}" for line in self.also)
        remedy = f"\n  do: {self.remedy}" if self.remedy else ""
        return f"{self.what}{where}{also}{remedy}"


class UsageError(FlawlessError):
    """The command line, the configuration or the stack cannot be used as given."""

    exit_code = 2


class RefusedError(FlawlessError):
    """The work is refused: another deploy holds the lease, or a rule forbids it."""

    exit_code = 6


class EngineError(FlawlessError):
    """The engine cannot be reached, hangs, or answers what it should not."""

    exit_code = 3


class CommandError(FlawlessError):
    """An external command failed or ran out of time."""

    exit_code = 1


class DeployError(FlawlessError):
    """A deploy failed; ``exit_code`` says whether the old release is back (4) or not (5)."""

    def __init__(self, what: str, *, exit_code: int = 4, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.exit_code = exit_code
