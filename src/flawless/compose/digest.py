"""What tells one stack from another. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flawless import sensitive
from flawless.compose import secrecy
from flawless.model.stack import MASK

Raw = dict[str, Any]


def digest(model: Raw, root: str, secrets: tuple[str, ...]) -> str:
    """SHA-256 of the resolved model, the same in every checkout and run; secrets count as present, not by value."""
    text = json.dumps(_public("", model, secrets), sort_keys=True, ensure_ascii=False)
    text = text.replace(f"{root}/", "./").replace(f'"{root}"', '"."')
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _public(name: str, value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {key: _public(key, each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_public("", each, secrets) for each in value]
    if isinstance(value, str):
        return MASK if value in secrets else sensitive.hide_known(secrecy.shown(name, value), secrets)
    return value
