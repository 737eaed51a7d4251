"""A waiver that is written where the finding is: ``# flawless: allow ID -- reason``."""

from __future__ import annotations

from msgspec import Struct

from flawless.model.stack import Origin


class InlineWaiver(Struct, frozen=True):
    """What the comment says and which line it speaks of.

    ``line`` is the line waived: the comment's own, or the first one below it that is no comment (0: a blank line comes
    first). ``subjects`` are the services whose line that is. ``until`` is an ISO date or empty. ``problem`` is one
    sentence where the comment cannot be understood; such a waiver covers nothing.
    """

    check: str
    reason: str
    owner: str
    until: str
    origin: Origin
    line: int
    subjects: tuple[str, ...] = ()
    problem: str = ""


class Acceptance(Struct, frozen=True):
    """Why a finding is accepted: reason, owner, the last day (both may be empty), and the file and line that say so."""

    reason: str
    owner: str
    until: str
    origin: Origin
