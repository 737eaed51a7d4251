"""One constant per module in a folder: how checks, probes, steps and formats are found."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def modules_in(package: str) -> Iterator[ModuleType]:
    """Yield every public module below ``package`` in name order; names with ``_`` first are helpers."""
    root = importlib.import_module(package)
    for found in sorted(pkgutil.walk_packages(root.__path__, f"{package}."), key=lambda m: m.name):
        if not found.ispkg and not found.name.rpartition(".")[2].startswith("_"):
            yield importlib.import_module(found.name)


def constants_in(package: str, name: str, kind: type[T]) -> Iterator[tuple[ModuleType, T]]:
    """Yield ``(module, module.<name>)`` for each module of the package; raise TypeError where it is missing."""
    for module in modules_in(package):
        value = getattr(module, name, None)
        if not isinstance(value, kind):
            raise TypeError(f"{module.__name__} has no {name} of type {kind.__name__}")
        yield module, value
