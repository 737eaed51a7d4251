"""What Alembic migrations do to tables that exist: read from their source, never run."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import ALEMBIC
from flawless.model.observed_files import LintHit, LintRun
from flawless.model.stack import Origin
from flawless.ports.bundle import Probe, Target
from flawless.probes.files._shared import read_if_there, shown, walk

_DEPTH = 6
_IMPORTS = "from alembic import op"
# Names as squawk has them: one kind of danger, one name.
_ALWAYS = {
    "drop_table": ("ban-drop-table", "drops a table that the former release may read"),
    "drop_column": ("ban-drop-column", "drops a column that the former release may read"),
    "rename_table": ("renaming-table", "renames a table that the former release uses"),
}
_CONSTRAINTS = {
    "create_foreign_key": ("adding-foreign-key-constraint", "postgresql_not_valid"),
    "create_check_constraint": ("constraint-missing-not-valid", "postgresql_not_valid"),
}


async def gather(target: Target) -> Iterable[Fact]:
    """A hit for each dangerous operation in an ``upgrade``; a file that Python cannot read is a hit of its own."""
    value = await asyncio.to_thread(lambda: _run(target))
    return [known(ALEMBIC, STACK, value, (), target.ports.clock.now())]


def _run(target: Target) -> LintRun:
    found = (path for path in walk(Path(target.stack.root), _DEPTH) if path.suffix == ".py")
    texts = ((path, read_if_there(path)) for path in found if path.parent.name == "versions")
    files = [(path, text) for path, text in texts if _IMPORTS in text]
    hits = [hit for path, text in files for hit in read(text, shown(target, path))]
    return LintRun("alembic", len(files), tuple(hits))


def read(text: str, file: str) -> Iterator[LintHit]:
    """The dangerous operations of one migration. Tables that it creates itself hold nothing yet and do not count."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield LintHit("unreadable", "warning", f"Python cannot read it: {error}"[:200], Origin(file, 1))
        return
    undone = {id(call) for call in _calls(_functions(tree, "downgrade"))}
    calls = [call for call in _calls([tree]) if id(call) not in undone]
    made = {_argument(call, 0) for call in calls if _operation(call) == "create_table"}
    for call in calls:
        for code, message in _faults(call, made):
            yield LintHit(code, "warning", message, Origin(file, call.lineno))


def _functions(tree: ast.Module, name: str) -> list[ast.AST]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]


def _calls(nodes: Iterable[ast.AST]) -> Iterator[ast.Call]:
    return (each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Call) and _operation(each))


def _operation(call: ast.Call) -> str:
    """``create_index`` of ``op.create_index(...)``, or ""."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "op":
        return function.attr
    return ""


def _argument(call: ast.Call, place: int) -> str:
    """A positional argument that is written out as text, or ""."""
    found = call.args[place] if len(call.args) > place else None
    return found.value if isinstance(found, ast.Constant) and isinstance(found.value, str) else ""


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def _is(value: ast.expr | None, wanted: object) -> bool:
    return isinstance(value, ast.Constant) and value.value is wanted


def _faults(call: ast.Call, made: set[str]) -> Iterator[tuple[str, str]]:
    operation = _operation(call)
    table = _argument(call, 1 if operation in {"create_index", *_CONSTRAINTS} else 0)
    if table in made and table:
        return
    if operation in _ALWAYS:
        yield _ALWAYS[operation]
    elif operation == "create_index" and not _is(_keyword(call, "postgresql_concurrently"), True):
        yield "require-concurrent-index-creation", "blocks writes to the table until the index is built"
    elif operation in _CONSTRAINTS and not _is(_keyword(call, _CONSTRAINTS[operation][1]), True):
        yield _CONSTRAINTS[operation][0], "checks every row under a lock; make it NOT VALID and validate it later"
    elif operation == "alter_column":
        yield from _altered(call)
    elif operation == "add_column" and _required(call):
        yield "adding-required-field", "a NOT NULL column without a server default fails, or breaks the former release"


def _altered(call: ast.Call) -> Iterator[tuple[str, str]]:
    if _keyword(call, "type_") is not None:
        yield "changing-column-type", "rewrites the table under a lock that blocks even reads"
    if _keyword(call, "new_column_name") is not None:
        yield "renaming-column", "renames a column that the former release uses"
    if _is(_keyword(call, "nullable"), False):
        yield "adding-not-nullable-field", "checks every row under a lock that blocks even reads"


def _required(call: ast.Call) -> bool:
    column = call.args[1] if len(call.args) > 1 else None
    if not isinstance(column, ast.Call):
        return False
    return _is(_keyword(column, "nullable"), False) and _keyword(column, "server_default") is None


PROBE = Probe(keys=(ALEMBIC,), gather=gather)
