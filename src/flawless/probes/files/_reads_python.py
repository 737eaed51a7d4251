"""Environment variables that Python source reads: os.environ, getenv, decouple, environs and settings classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from flawless.probes.files._reads import NOTHING, Found, Reads
from flawless.probes.files._reads_settings import settings_classes

_CONCERNS = re.compile(r"\benviron\b|getenv|BaseSettings|decouple|\bEnv\(|(?:require|must)\w*_env")
_READERS = re.compile(r"\b(?:environs|environ|decouple|starlette\.config)\b")
_MADE_BY = frozenset({"Env", "FileAwareEnv", "Config", "AutoConfig"})
_DEMANDS = re.compile(r"(?:require|must|required)\w*env|env\w*(?:required|or_(?:raise|die|fail|exit))", re.IGNORECASE)
_BRANCHES = frozenset(
    {ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Match, ast.ExceptHandler, ast.Lambda, ast.Try, ast.BoolOp}
)
_BINDS = frozenset(
    {ast.FunctionDef, ast.AsyncFunctionDef, ast.For, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp}
)
_MATTERS = frozenset(
    {ast.Subscript, ast.Call, ast.Dict, ast.For, ast.comprehension, ast.Assign, ast.FunctionDef, ast.ClassDef}
    | {ast.Import, ast.ImportFrom}
)


def read(text: str) -> Found:
    """The variables that a module reads; one that is no Python of this version reads what nobody can tell."""
    if not _CONCERNS.search(text):
        return NOTHING
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Found(untold=(("", 1),))
    return _Module(tree).found()


class _Module:
    """One module: the names by which it knows the environment, and its helpers that read a variable by its name."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(_walk(tree))
        self._out = Reads()
        imported = " ".join(_imports(node for node, *_ in self._nodes))
        self._has_readers = bool(_READERS.search(imported))
        self._readers = {"config"} if "decouple" in imported else set()
        self._names = {"environ"}
        self._helpers: set[str] = set()
        self._learn()

    def found(self) -> Found:
        for node, branch, parameters in self._nodes:
            if isinstance(node, ast.Subscript) and self._is_environment(node.value):
                self._subscript(node, branch, parameters)
            elif isinstance(node, ast.Call):
                self._call(node, branch, parameters)
            elif isinstance(node, ast.Dict) and any(
                key is None and self._is_environment(value) for key, value in zip(node.keys, node.values, strict=True)
            ):
                self._out.cannot_tell("", node.lineno)
            elif isinstance(node, (ast.For, ast.comprehension)) and self._is_environment(node.iter):
                self._out.cannot_tell("", node.iter.lineno)
        settings_classes([node for node, *_ in self._nodes if isinstance(node, ast.ClassDef)], self._out)
        return self._out.found()

    def _learn(self) -> None:
        """Other names of the environment, objects that read it, and functions that read what they are given."""
        for node, *_ in self._nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                if self._is_environment(node.value):
                    self._names.add(node.targets[0].id)
                made = node.value.func if isinstance(node.value, ast.Call) else None
                if self._has_readers and made is not None and _last(made) in _MADE_BY:
                    self._readers.add(node.targets[0].id)
        for node, *_ in self._nodes:
            if isinstance(node, ast.FunctionDef) and self._demands_first(node):
                self._helpers.add(node.name)

    def _demands_first(self, function: ast.FunctionDef) -> bool:
        """Whether a function raises when the variable named by its first parameter is not there."""
        names = [each.arg for each in function.args.args]
        return len(names) == 1 and any(
            isinstance(node, ast.Subscript)
            and self._is_environment(node.value)
            and isinstance(node.slice, ast.Name)
            and node.slice.id == names[0]
            and not branch
            for node, branch, _ in _walk(function)
        )

    def _is_environment(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "copy":
            node = node.func.value
        if isinstance(node, ast.Attribute):
            return node.attr == "environ" and isinstance(node.value, ast.Name) and node.value.id == "os"
        return isinstance(node, ast.Name) and node.id in self._names

    def _subscript(self, node: ast.Subscript, branch: bool, parameters: frozenset[str]) -> None:
        if isinstance(node.ctx, ast.Load):
            self._key(node.slice, node.lineno, parameters, required=not branch)
        elif isinstance(node.slice, ast.Constant):
            self._out.add(str(node.slice.value), node.lineno, default=True)

    def _call(self, node: ast.Call, branch: bool, parameters: frozenset[str]) -> None:
        function, first = node.func, node.args[0] if node.args else None
        owner = function.value if isinstance(function, ast.Attribute) else None
        name, line = _last(function), node.lineno
        given = len(node.args) > 1 or any(each.arg == "default" for each in node.keywords)
        if name == "getenv" or (owner is not None and self._is_environment(owner) and name in {"get", "pop"}):
            self._key(first, line, parameters, default=given)
        elif owner is not None and self._is_environment(owner) and name == "setdefault":
            self._key(first, line, parameters, default=True)
        elif self._takes_all(owner, name, first):
            self._out.cannot_tell("", line)
        elif owner is not None and isinstance(owner, ast.Name) and owner.id in self._readers and name == "prefixed":
            self._out.cannot_tell(_constant(first) or "", line)
        elif self._reads_by(function):
            self._key(first, line, parameters, required=not branch, default=given)
        elif (name in self._helpers or _DEMANDS.search(name)) and not given and isinstance(first, ast.Constant):
            self._key(first, line, parameters, required=not branch)

    def _takes_all(self, owner: ast.expr | None, name: str, first: ast.expr | None) -> bool:
        if owner is not None and self._is_environment(owner):
            return name in {"items", "keys", "values"}
        return name in {"dict", "list", "sorted"} and first is not None and self._is_environment(first)

    def _reads_by(self, function: ast.expr) -> bool:
        """``env("X")``, ``env.str("X")`` or ``config("X")`` of a library that reads variables so."""
        if isinstance(function, ast.Attribute):
            function = function.value
        return isinstance(function, ast.Name) and function.id in self._readers

    def _key(
        self,
        key: ast.expr | None,
        line: int,
        parameters: frozenset[str],
        *,
        required: bool = False,
        default: bool = False,
    ) -> None:
        """A name as a literal; one that a parameter hands in stands as a literal elsewhere; others cannot be told."""
        name = _constant(key)
        if name is not None:
            self._out.add(name, line, required=required, default=default)
        elif isinstance(key, ast.JoinedStr):
            self._out.cannot_tell(_constant(key.values[0] if key.values else None) or "", line)
        elif not (isinstance(key, ast.Name) and key.id in parameters):
            self._out.cannot_tell("", line)


def _constant(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _walk(top: ast.AST) -> Iterator[tuple[ast.AST, bool, frozenset[str]]]:
    """Each node that matters, whether it stands in a branch that may be skipped, and the parameters known there."""
    waiting: list[tuple[ast.AST, bool, frozenset[str]]] = [(top, False, frozenset())]
    while waiting:
        node, branch, parameters = waiting.pop()
        kind = type(node)
        if kind in _MATTERS:
            yield node, branch, parameters
        if kind in _BINDS:
            parameters = parameters | _bound(node)
        if kind in _BRANCHES:
            certain = _certain(node)
            waiting.extend((child, branch or child is not certain, parameters) for child in ast.iter_child_nodes(node))
        else:
            waiting.extend((child, branch, parameters) for child in ast.iter_child_nodes(node))


def _bound(node: ast.AST) -> frozenset[str]:
    """Names that a function takes, or that a loop over written values sets."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return frozenset(each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
    loops = [node] if isinstance(node, ast.For) else getattr(node, "generators", [])
    written = [each for each in loops if isinstance(each.iter, (ast.Tuple, ast.List))]
    return frozenset(each.target.id for each in written if isinstance(each.target, ast.Name))


def _certain(node: ast.AST) -> ast.AST | None:
    """The part of a branch that is always reached: what it decides by."""
    if isinstance(node, ast.BoolOp):
        return node.values[0]
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        return node.test
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return node.iter
    return node.subject if isinstance(node, ast.Match) else None
