"""The keys of ``flawless top``: from bytes to names, and what each makes of the view. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import structs

from flawless.model.board import View

_KEY = re.compile(rb"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Z])|[^\x1b]|\x1b")
_ARROWS = {b"\x1b[A": "up", b"\x1bOA": "up", b"\x1b[B": "down", b"\x1bOB": "down", b"\x03": "q"}
_NAMES = {"k": "up", "j": "down"}
_ORDERS = {"c": "cpu", "m": "memory", "n": "name"}


def keys(raw: bytes) -> Iterator[str]:
    """The keys in what a terminal sent; an escape sequence that is no arrow is one key without a meaning."""
    for found in _KEY.findall(raw):
        key = _ARROWS.get(found) or (found.decode("latin-1") if len(found) == 1 else "")
        yield _NAMES.get(key, key)


def pressed(view: View, key: str, ids: Sequence[str]) -> View | None:
    """The view after a key, ``ids`` in the order in which they are shown; None for the end."""
    if key == "q":
        return None
    if key in _ORDERS:
        return structs.replace(view, order=_ORDERS[key])
    if key == "p":
        return structs.replace(view, paused=not view.paused)
    if key in ("up", "down") and ids:
        at = ids.index(view.selected) if view.selected in ids else 0
        moved = at + (1 if key == "down" else -1)
        return structs.replace(view, selected=ids[max(0, min(len(ids) - 1, moved))])
    return view
