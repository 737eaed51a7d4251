"""What differs between two releases: names and digests only, never a value."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class ChangeKind(StrEnum):
    """What it is that differs."""

    REVISION = "revision"
    SERVICE = "service"
    IMAGE = "image"
    ENVIRONMENT = "environment"
    CONFIGURATION = "configuration"
    FILE = "file"
    SCHEMA = "schema"


class How(StrEnum):
    """In which way."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(Struct, frozen=True):
    """One difference: of a service or of the whole ``stack``.

    ``name`` is the variable, the Compose key or the file; ``before`` and ``after`` are image ids, commits or digests,
    "" where there is none or it must not be told.
    """

    kind: ChangeKind
    subject: str
    how: How
    name: str = ""
    before: str = ""
    after: str = ""
