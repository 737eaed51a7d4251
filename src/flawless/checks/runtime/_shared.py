"""What several checks of running services share."""

from __future__ import annotations

from flawless.model.check import Finding, View
from flawless.model.observed import Window
from flawless.model.observed_copy import Boot, Came
from flawless.model.stack import Role

LASTING = tuple(role for role in Role if role is not Role.JOB)
"""Roles of services that are meant to run on, unlike jobs."""

_MB = 1024 * 1024
_SHOWN, _LONG = 5, 500  # of the last lines


def megabytes(size: float) -> str:
    """A size in bytes as text: ``256 MB``, with a decimal under ten."""
    value = size / _MB
    return f"{value:.0f} MB" if value >= 10 else f"{value:.1f} MB"


def first(text: str, most: int = 200) -> str:
    """The text in one line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def lasted(window: Window) -> str:
    """How long a soak window was, and how long it should have been where that is more."""
    text = f"{window.seconds:.0f} s"
    return f"{text} (asked for: {window.asked:.0f} s)" if window.seconds < window.asked - 1 else text


def not_come_up(view: View, boot: Boot) -> Finding:
    """What is said of a service that is not ready in a throwaway copy: the fault with its last lines, or who it is."""
    at = view.service.at("")
    lines = (
        f"; its last lines: {first(' | '.join(boot.output[-_SHOWN:]), _LONG)}" if boot.output else "; it logged nothing"
    )
    if boot.came is Came.WAITING:
        return view.unclear(f"it was not started: {boot.problem}", at=at, remedy="look at that service first")
    if boot.needs_outside:
        remedy = "if it needs a host outside to start, write outbound = true under [rehearsal] in flawless.toml"
        return view.unclear(f"{boot.problem}, and the copy has no way out{lines}", at=at, remedy=remedy)
    return view.fail(f"{boot.problem}{lines}", at=at)
