"""JSON that any reader can take and any terminal can show."""

from __future__ import annotations

import re
from typing import Any

import msgspec

# Control characters of eight bits, line ends of Unicode, and signs that cannot be seen: JSON may hold them as escapes.
_UNSEEN = re.compile(r"[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_NO_CHARACTER = re.compile(r"[\ud800-\udfff]")


def json_text(value: Any, indent: int = 2) -> str:
    """The value as indented JSON text with a line end.

    Half characters, as names of files that are no UTF-8 have them, become question marks: no JSON can hold them.
    """
    data = msgspec.to_builtins(value)
    try:
        encoded = msgspec.json.encode(data)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_whole(data))
    text = msgspec.json.format(encoded, indent=indent).decode()
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _whole(data: Any) -> Any:
    if isinstance(data, str):
        return _NO_CHARACTER.sub("?", data)
    if isinstance(data, dict):
        return {_whole(key): _whole(value) for key, value in data.items()}
    return [_whole(each) for each in data] if isinstance(data, list | tuple) else data
