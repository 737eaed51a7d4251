"""Text of a language with braces: comments taken out, lines, and what stands around a place. Linear in its length."""

from __future__ import annotations

import re
from bisect import bisect_right

# Each alternative always matches once it has begun, so that no text is read twice.
_RUST = re.compile(
    r"(?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?)"
    r'|(?P<string>r#"(?:[^"]|"(?!#))*(?:"#)?|"(?:\\[\s\S]|[^"\\])*"?|\'(?:\\[^\n]|[^\'\\\n])\')'
)
_OTHERS = re.compile(
    r"(?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?)"
    r"|(?P<string>\"(?:\\[\s\S]|[^\"\\\n])*\"?|'(?:\\[\s\S]|[^'\\\n])*'?|`(?:\\[\s\S]|[^`\\])*`?)"
)
_VISIBLE = re.compile(r"[^\n]")
_HEAD = 300
_REST = 800
_OPEN, _CLOSE = "([{", ")]}"
_BRANCH = re.compile(r"\b(?:if|else|match|for|while|loop|switch|select|case|catch)\b|=>\s*\Z")
_BRANCH_JS = re.compile(r"\b(?:if|else|for|while|switch|case|catch)\b(?!.*=>)")


class Code:
    """``text`` is the source without comments, ``bare`` that without strings; both as long as the source."""

    def __init__(self, source: str, language: str) -> None:
        tokens = _RUST if language == "rust" else _OTHERS
        self.text = tokens.sub(lambda found: _blank(found[0]) if found["comment"] else found[0], source)
        self.bare = tokens.sub(lambda found: _blank(found[0]), source)
        self._starts = [found.end() for found in re.finditer(r"\n", source)]
        self._branch = _BRANCH_JS if language == "js" else _BRANCH
        self._branches: list[tuple[int, int]] | None = None

    def line(self, place: int) -> int:
        """The line of a place, from 1."""
        return bisect_right(self._starts, place) + 1

    def before(self, place: int) -> str:
        """What stands before a place in its statement."""
        head = self.bare[max(0, place - _HEAD) : place]
        return re.split(r"[;{}]", head)[-1]

    def rest(self, place: int) -> str:
        """The rest of the expression after a place: to a comma, a semicolon or a bracket that was open before."""
        depth = 0
        for offset, char in enumerate(self.bare[place : place + _REST]):
            if char in _OPEN:
                depth += 1
            elif char in _CLOSE:
                depth -= 1
            if depth < 0 or (not depth and char in ",;"):
                return self.text[place : place + offset]
        return self.text[place : place + _REST]

    def conditional(self, place: int) -> bool:
        """Whether a place stands in a branch or a loop, so that it may never be reached."""
        if self._branches is None:
            self._branches = list(self._find_branches())
        return any(start < place < end for start, end in self._branches)

    def constant(self, name: str) -> str | None:
        """The literal that a name is set to, once; "" where it is set to anything else; None where it is not set."""
        set_to = re.findall(
            rf"\b{re.escape(name)}\b[^=\n;(){{}}]{{0,40}}(?<![=!<>])=\s*([^=\n][^\n]{{0,80}})", self.text
        )
        if not set_to:
            return None
        literal = re.match(r"[\"'](\w+)[\"']\s*(?:[;,)]|\Z)", set_to[0].strip())
        return literal[1] if literal and len(set_to) == 1 else ""

    def _find_branches(self) -> list[tuple[int, int]]:
        opened: list[tuple[int, bool]] = []
        found = []
        for brace in re.finditer(r"[{}]", self.bare):
            if brace[0] == "{":
                opened.append((brace.start(), bool(self._branch.search(self.before(brace.start())))))
            elif opened:
                start, branch = opened.pop()
                if branch:
                    found.append((start, brace.start()))
        return found


def _blank(text: str) -> str:
    return _VISIBLE.sub(" ", text)
