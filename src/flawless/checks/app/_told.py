"""What all checks of the application say alike."""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Finding, View

REFUSALS = frozenset({401, 403})
UNREACHED = frozenset({0, 401, 403, 429})


def operation(name: str) -> str:
    """The subject under which findings of an operation are filed."""
    return f"operation:{name}"


def good(status: int | None) -> bool:
    """Whether a status says that it was done (2xx)."""
    return status is not None and 200 <= status < 300


def cut_off(view: View, left_out: int) -> Iterator[Finding]:
    """What was left out because there is too much of it, if anything."""
    if left_out:
        yield view.unclear(f"{left_out} more were not tried: the number of requests is bounded")


def unreached(view: View, name: str, status: int, login: str) -> Finding:
    """An operation that refused us before it looked at anything."""
    why = f"{login}" if login and status in REFUSALS else "it did not look at what was sent"
    return view.unclear(f"it answers {status or 'nothing'}: {why}", subject=operation(name))
