"""Identifiers that sort by time: of runs and of releases."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Protocol


class Ids(Protocol):
    """Makes identifiers."""

    def new(self, at: float) -> str:
        """A new identifier for something that began at ``at``."""


class RealIds:
    """Time to the second, then four random hex digits: ``20260102-030405-a1b2``."""

    def new(self, at: float) -> str:
        """A new identifier for something that began at ``at``."""
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%d-%H%M%S")
        return f"{stamp}-{secrets.token_hex(2)}"
