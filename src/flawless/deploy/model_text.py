"""A Compose model as a file that Compose reads. Pure."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def to_text(model: Json) -> str:
    """The model as a Compose file: JSON, with ``$`` doubled so that nothing is interpolated again."""
    return json.dumps(_escaped(model), indent=1, sort_keys=True)


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: _escaped(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_escaped(inner) for inner in value]
    return value
