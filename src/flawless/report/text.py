"""Making foreign text safe to print: names and messages come from files, containers and servers."""

from __future__ import annotations

import posixpath
import re

# ECMA-48 control sequences (CSI, OSC and the two-byte ones): they move the cursor, recolour and retitle terminals.
_ESCAPES = re.compile(r"\x9b[0-?]*[ -/]*[@-~]|\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# Direction marks and zero-width signs can make a line read as another one (Unicode TR 36).
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def plain(text: str) -> str:
    """The text without terminal escapes, control characters and invisible signs; tab and line end stay."""
    if text.isprintable():  # as most are; it has none of these signs (Unicode categories Cc, Cf and Cs)
        return text
    return _CONTROLS.sub("", _INVISIBLE.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n"))))


def one_line(text: str) -> str:
    """The text made ``plain``, every run of white space one blank."""
    return " ".join(plain(text).split())


def path_from(folder: str, file: str) -> str:
    """A file of the stack, seen from where the stack's own ``folder`` is named; absolute paths stay."""
    return posixpath.normpath(posixpath.join(folder, file))


def count(number: int, noun: str) -> str:
    """``1 check``, ``2 checks``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def span(seconds: float) -> str:
    """A duration for readers: ``210 ms``, ``4.2 s``, ``3 min 05 s``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


def megabytes(size: float) -> str:
    """Bytes for readers, in 1024 * 1024 of them: ``62.0 MB``."""
    return f"{size / 1024 / 1024:.1f} MB"


def age(seconds: float) -> str:
    """A long time for readers, in its two largest units: ``45s``, ``5m 10s``, ``3h 12m``, ``9d 4h``."""
    left = max(0, int(seconds))
    days, hours, minutes = left // 86_400, left // 3_600 % 24, left // 60 % 60
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m {left % 60:02d}s" if minutes else f"{left}s"


def short_image(name: str) -> str:
    """An image's name without its digest, an id cut to twelve signs."""
    bare = name.partition("@")[0]
    return bare.removeprefix("sha256:")[:12] if bare.startswith("sha256:") else bare
