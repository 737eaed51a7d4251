"""The Bad, Good and Clean twin examples of a check's docstring, as data that tests execute.

An example is a heading ``## Bad``, ``## Good`` or ``## Clean twin``, with the level in brackets unless it is
files, and fenced blocks under it. A block's info string is ``LANGUAGE PATH``; the path ``facts.json`` holds
readings (key -> subject -> value) laid over the healthy world of ``samples``.
"""

from __future__ import annotations

import json
import re
from typing import Any

from msgspec import Struct

from flawless.model.check import Check, Level

_HEADING = re.compile(r"^## (Bad|Good|Clean twin)(?: \((\w+)\))?\s*$", re.MULTILINE)
_BLOCK = re.compile(r"^(?P<fence>`{3,})\S* (?P<path>\S+)\n(?P<body>.*?)^(?P=fence)\s*$", re.MULTILINE | re.DOTALL)
FACTS_FILE = "facts.json"


class Example(Struct, frozen=True):
    """One example: its kind (Bad, Good, Clean twin), the level it speaks of, its files and its facts."""

    kind: str
    level: Level
    files: dict[str, str]
    facts: dict[str, dict[str, Any]]


def examples_of(check: Check) -> tuple[Example, ...]:
    """Every example of a check's documentation, in order."""
    headings = list(_HEADING.finditer(check.doc))
    ends = [heading.start() for heading in headings[1:]] + [len(check.doc)]
    return tuple(_example(heading, check.doc[heading.end() : end]) for heading, end in zip(headings, ends, strict=True))


def _example(heading: re.Match[str], text: str) -> Example:
    blocks = {found["path"]: found["body"] for found in _BLOCK.finditer(text)}
    facts = json.loads(blocks.pop(FACTS_FILE, "{}"))
    return Example(heading[1], Level(heading[2] or "files"), blocks, facts)
