"""Environment variables that a shell script reads and does not set itself."""

from __future__ import annotations

import re

from flawless.lines import lines_of
from flawless.probes.files._reads import NOTHING, Found, Reads

_COMMENT = re.compile(r"(?m)(^|\s)#[^\n]*")
_USED = re.compile(r"(?<![\\$])\$(?:\{(?P<braced>[A-Za-z_]\w*)(?P<how>:?[-=?+])?|(?P<plain>[A-Za-z_]\w*))")
_SET = re.compile(
    r"(?:^|[\s;&|(])(?:export\s+|readonly\s+|local\s+|declare\s+(?:-\w+\s+)*)?(?P<name>[A-Za-z_]\w*)\+?="
    r"|\bfor\s+(?P<loop>[A-Za-z_]\w*)\s+in\b|\bread\s+(?:-\w+\s+)*(?P<read>[A-Za-z_]\w*)"
    r"|\blocal\s+(?P<local>[A-Za-z_]\w*)\b"
)
_ASSIGNED_FROM = r"(?:^|[\s;]){name}=[\"']?\$\{{{name}(?::?[-=?]|\}})"
_EMPTY = re.compile(
    r"(?:\[\[?|\btest)\s+-z\s+\"?\$\{?(?P<name>[A-Z]\w*)(?::?-)?\}?\"?\s*(?:\]\]?)?\s*(?:&&|;?\s*then)(?P<then>[^\n]*\n?[^\n]*\n?[^\n]*)"
)
_DYNAMIC = re.compile(r"\$\{!|\bprintenv\s*(?:\||$|\))|(?<![/\w])env\s*\||\bcompgen\s+-[ev]|\beval\s")
_OWN = frozenset(
    {"BASH_SOURCE", "LINENO", "FUNCNAME", "IFS", "OPTARG", "OPTIND", "REPLY", "RANDOM", "SECONDS", "UID", "EUID"}
)


def read(text: str) -> Found:
    """The variables that a script reads; what it sets itself is its own, unless it is set from itself."""
    if "$" not in text:
        return NOTHING
    out = Reads()
    code = _COMMENT.sub(lambda found: found[1], text)
    own = _own(code)
    lines = lines_of(code)
    for number, line in enumerate(lines, 1):
        if _DYNAMIC.search(line):
            out.cannot_tell("", number)
        for found in _USED.finditer(line):
            name, how = found["braced"] or found["plain"], found["how"] or ""
            if name.isupper() and name not in own and name not in _OWN:
                sure = how.endswith("?") and not line.startswith((" ", "\t"))
                out.add(name, number, required=sure, default=how.rstrip(":-=+") != how)
    for found in _EMPTY.finditer(code):
        if re.search(r"\bexit\s+[1-9]|\breturn\s+[1-9]", found["then"]) and found["name"] not in own:
            out.add(found["name"], code.count("\n", 0, found.start()) + 1, required=not _inside(code, found.start()))
    return out.found()


def _own(code: str) -> set[str]:
    names = {name for found in _SET.finditer(code) for name in found.groups() if name}
    return {name for name in names if not re.search(_ASSIGNED_FROM.format(name=name), code)}


def _inside(code: str, place: int) -> bool:
    """Whether a place is indented, and so in a function or a branch."""
    return code[code.rfind("\n", 0, place) + 1 : place + 1][:1].isspace()
