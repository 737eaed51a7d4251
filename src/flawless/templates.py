"""Telling a template from the file that it will become: ``{{ x }}``, ``{% x %}``, ``%%X%%``. Pure."""

from __future__ import annotations

import re

_MARK = re.compile(
    r"""(?P<quoted>"(?:\\.|[^"\\\n]){0,999}+"|'[^'\n]*'|(?:^|(?<=\s))\#[^\n]*)|(?P<mark>\{\{[^{}\n]*\}\}|\{%[^\n]{0,999}?%\}|%%\w+%%)"""
)
_MOST = 256 * 1024


def template_line(text: str) -> int:
    """The line (from 1) of the first mark of a template in no quotes and no comment; 0 when the beginning has none."""
    for found in _MARK.finditer(text[:_MOST]):
        if found["mark"]:
            return text.count("\n", 0, found.start()) + 1
    return 0
