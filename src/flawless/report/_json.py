"""JSON that any reader can take and any terminal can show."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from flawless.wire import json_bytes

# Control characters of eight bits, line ends of Unicode, and signs that cannot be seen: JSON may hold them as escapes.
_UNSEEN = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def json_text(value: Any, indent: int = 2) -> str:
    """The value as indented JSON text with a line end."""
    text = msgspec.json.format(json_bytes(value), indent=indent).decode()
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
