"""JSON that can always be written: names of files need not be UTF-8, but JSON must. Pure."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_NO_CHARACTER = re.compile(r"[\ud800-\udfff]")


def json_bytes(value: Any) -> bytes:
    """The value as JSON, made ``whole`` where it must be."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(whole(msgspec.to_builtins(value)))


def whole(data: Any) -> Any:
    """Plain data whose half characters, as names of files that are no UTF-8 have them, are question marks."""
    if isinstance(data, str):
        return _NO_CHARACTER.sub("?", data)
    if isinstance(data, dict):
        return {whole(key): whole(value) for key, value in data.items()}
    return [whole(each) for each in data] if isinstance(data, list | tuple) else data
