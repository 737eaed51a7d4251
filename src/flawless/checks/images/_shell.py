"""Shell text, read as far as judgement needs it: statements, their operators, and whether they can fail.

This is no shell: quoting, substitutions and groups are respected, control structures are only recognised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from flawless.lines import lines_of

_TOKEN = re.compile(
    r"""(?P<word>(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|\$\((?:[^()]|\([^()]*\))*\)|\$\{[^}]{0,1000}\}|`[^`]*`
          |\d?[<>]+&?\d?|&>+|[^\s;&|()\\'"`<>])+)
      |(?P<op>\|\||&&|;;|\|&|[;&|\n()])|.""",
    re.VERBOSE | re.DOTALL,
)
_ENDS = frozenset({";", "\n", "&", ";;"})
_CONTROL = frozenset({"if", "for", "while", "until", "case", "function"})
_PREFIXES = frozenset({"sudo", "command", "time", "!", "then", "else", "do", "{", "(", "env", "exec"})
_ASSIGNMENT = re.compile(r"\w+=")
_EXIT_ERROR = re.compile(r"\b(exit|return)\s+[1-9]")

# Programs that answer 0 whatever comes through the pipe, even nothing at all.
_FILTERS = frozenset({"head", "tail", "cat", "tee", "sort", "uniq", "wc", "cut", "tr", "sed", "awk", "jq", "xargs"})
_ALWAYS_TRUE = frozenset({"true", ":", "echo", "printf", "/bin/true"})


class Command(Struct, frozen=True):
    """A simple command: the operator before it ("" at the start of a statement) and its words, quotes kept."""

    operator: str
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The program, without assignments and prefixes such as sudo; empty when there is none."""
        for word in self.words:
            if word not in _PREFIXES and not _ASSIGNMENT.match(word):
                return word.rpartition("/")[2] if word.startswith("/") else word
        return ""


Statement = tuple[Command, ...]


def statements(text: str) -> tuple[Statement, ...]:
    """The statements of shell text in order, each a chain of commands joined by ``|``, ``&&`` or ``||``."""
    found: list[Statement] = []
    chain: list[Command] = []
    words: list[str] = []
    operator = ""
    for kind, piece in _tokens(text):
        if kind == "word" or piece in "()":
            words.append(piece)
            continue
        if piece == "\n" and operator and not words:
            continue  # a line that ends with an operator goes on in the next one
        if words:
            chain.append(Command(operator, tuple(words)))
        words, operator = [], "" if piece in _ENDS else piece
        if piece in _ENDS:
            found.append(tuple(chain))
            chain = []
    if words:
        chain.append(Command(operator, tuple(words)))
    return tuple(statement for statement in (*found, tuple(chain)) if statement)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    lines = (line for line in lines_of(text.replace("\\\n", " ")) if not line.lstrip().startswith("#"))
    for token in _TOKEN.finditer("\n".join(lines)):
        if token.lastgroup:
            yield token.lastgroup, token[0]


def sets_option(statement: Statement, option: str) -> bool:
    """Whether the statement switches on a shell option: ``pipefail``, or ``errexit`` in either spelling."""
    for command in statement:
        if command.name != "set":
            continue
        letters = "".join(word for word in command.words[1:] if re.fullmatch(r"-[a-z]+", word))
        if option in command.words or (option == "errexit" and "e" in letters):
            return True
    return False


def can_fail(text: str) -> bool:
    """Whether a test written as shell text can ever end with an error; in doubt it can."""
    parts = statements(text)
    if not parts:
        return False
    if any(command.words[0] in _CONTROL for part in parts for command in part):
        return True
    pipefail = any(sets_option(part, "pipefail") for part in parts)
    errexit = any(sets_option(part, "errexit") for part in parts)
    real = [part for part in parts if not any(command.name == "set" for command in part)] or list(parts)
    early = any(_chain_fails(part, pipefail) and (errexit or _exits(part)) for part in real[:-1])
    return early or _chain_fails(real[-1], pipefail)


def _exits(statement: Statement) -> bool:
    return any(_EXIT_ERROR.search(" ".join(command.words)) for command in statement)


def _chain_fails(statement: Statement, pipefail: bool) -> bool:
    """Left to right: ``a && b`` fails when one does, ``a || b`` only when both do, a pipe when its last does."""
    result = current = _fails(statement[0])
    joined = ""
    for command in statement[1:]:
        if command.operator in ("|", "|&"):
            current = _fails(command) or (pipefail and current)
        else:
            result = current if not joined else _join(result, joined, current)
            joined, current = command.operator, _fails(command)
    return current if not joined else _join(result, joined, current)


def _join(left: bool, operator: str, right: bool) -> bool:
    return (left or right) if operator == "&&" else (left and right)


def _fails(command: Command) -> bool:
    name = command.name
    if name == "exit":
        place = next(number for number, word in enumerate(command.words) if word.rpartition("/")[2] == name)
        return command.words[place + 1 : place + 2] != ("0",)
    if name == "jq":
        return any(word.startswith("-") and "e" in word for word in command.words)
    return name not in _ALWAYS_TRUE and not (command.operator in ("|", "|&") and name in _FILTERS)
