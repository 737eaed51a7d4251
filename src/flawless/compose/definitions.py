"""Compose's hash of how a network or a volume is defined, which it puts on what it makes as a label. Pure.

Where the label says something else, ``docker compose up`` makes the network or the volume anew. Compose hashes the JSON
of the resolved definition (``pkg/compose/hash.go``), which ``compose config`` prints in the same order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

Raw = dict[str, Any]
# What Go's encoder writes otherwise than Python's.
_GO = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def of_network(raw: Raw, secrets: Iterable[str] = ()) -> str:
    """The hash of a resolved network; "" for one that is not ours to make, or that has a secret in it."""
    return _hash(raw, secrets)


def of_volume(raw: Raw, secrets: Iterable[str] = ()) -> str:
    """The hash of a resolved volume; "" for one that is not ours to make, or that has a secret in it."""
    named = {"name": raw["name"]} if "name" in raw else {}
    return _hash({**named, "driver": raw.get("driver") or "local", **raw}, secrets)


def _hash(raw: Raw, secrets: Iterable[str]) -> str:
    """A hash over a secret could be tried out by whoever reads it, so there is none then."""
    text = json.dumps(raw, separators=(",", ":"), ensure_ascii=False)
    hidden = "pass" in str(raw.get("driver_opts")).lower() or any(secret in text for secret in secrets)
    if raw.get("external") or hidden:
        return ""
    for char, written in _GO.items():
        text = text.replace(char, written)
    return hashlib.sha256(text.encode()).hexdigest()
