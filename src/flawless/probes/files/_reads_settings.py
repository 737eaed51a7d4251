"""Settings classes of pydantic: which variables their fields are read from, and which of them have no default."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from msgspec import Struct

from flawless.probes.files._reads import Reads

_BASE = "BaseSettings"
_ALIASES = ("validation_alias", "alias", "env")


class _Config(Struct, frozen=True):
    """What a class says of its variables; ``certain`` is false where other sources may give a value, too."""

    prefix: str | None = ""
    case_sensitive: bool = False
    nested: bool = False
    certain: bool = True


def settings_classes(found: Iterable[ast.ClassDef], out: Reads) -> None:
    """Add the fields of each class that is a BaseSettings or is made from one of this module.

    The rules are pydantic-settings' own: prefix and field name, an alias instead of both, no regard to case.
    """
    classes = {node.name: node for node in found}
    for node in classes.values():
        lineage = list(_lineage(node, classes))
        if not any(_name(base) == _BASE for each in lineage for base in each.bases):
            continue
        config = _config(lineage)
        if config.prefix is None or config.nested:
            out.cannot_tell(config.prefix or "", node.lineno)
        for field in node.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                _field(field, field.target.id, config, out)


def _lineage(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    waiting, seen = [node], set()
    while waiting:
        each = waiting.pop()
        if each.name not in seen:
            seen.add(each.name)
            yield each
            waiting.extend(classes[name] for base in each.bases if (name := _name(base)) in classes)


def _config(lineage: list[ast.ClassDef]) -> _Config:
    """``model_config`` or ``class Config``, the nearest first."""
    options: dict[str, ast.expr] = {}
    certain = True
    for node in lineage:
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and "customise_sources" in item.name:
                certain = False
            for name, value in _options(item):
                options.setdefault(name, value)
    prefix = options.get("env_prefix")
    told = "" if prefix is None else prefix.value if isinstance(prefix, ast.Constant) else None
    return _Config(
        prefix=told if told is None else str(told),
        case_sensitive=_true(options.get("case_sensitive")),
        nested="env_nested_delimiter" in options,
        certain=certain and "secrets_dir" not in options,
    )


def _options(item: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(item, ast.ClassDef) and item.name == "Config":
        for each in item.body:
            if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
                yield each.targets[0].id, each.value
    if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name) and item.targets[0].id == "model_config":
        if isinstance(item.value, ast.Call):
            yield from ((each.arg, each.value) for each in item.value.keywords if each.arg)
        elif isinstance(item.value, ast.Dict):
            pairs = zip(item.value.keys, item.value.values, strict=True)
            yield from ((str(key.value), value) for key, value in pairs if isinstance(key, ast.Constant))


def _field(field: ast.AnnAssign, name: str, config: _Config, out: Reads) -> None:
    if name.startswith("_") or name == "model_config" or _name(field.annotation) == "ClassVar":
        return
    call = field.value if isinstance(field.value, ast.Call) and _name(field.value.func) == "Field" else None
    if call is None and isinstance(field.annotation, ast.Subscript):
        inner = [node for node in ast.walk(field.annotation) if isinstance(node, ast.Call)]
        call = next((node for node in inner if _name(node.func) == "Field"), None)
    aliases = list(_aliases(call)) if call else []
    names = aliases or ([] if config.prefix is None else [f"{config.prefix}{name}"])
    default = _has_default(field.value, call)
    demanded = config.certain and not config.nested and len(names) == 1
    for each in names:
        spelled = each if config.case_sensitive else each.upper()
        out.add(spelled, field.lineno, required=demanded and not default, default=default)


def _has_default(value: ast.expr | None, call: ast.Call | None) -> bool:
    if value is not None and value is not call:
        return not (isinstance(value, ast.Constant) and value.value is ...)
    if call is None:
        return False
    first = call.args[0] if call.args else None
    if any(each.arg in {"default", "default_factory"} for each in call.keywords):
        return True
    return first is not None and not (isinstance(first, ast.Constant) and first.value is ...)


def _aliases(call: ast.Call) -> Iterator[str]:
    """The names an alias gives, as text, as a list, or as AliasChoices."""
    for keyword in call.keywords:
        if keyword.arg in _ALIASES:
            for node in ast.walk(keyword.value):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def _true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
