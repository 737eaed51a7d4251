"""Stacks on disk, with or without a repository, and what one probe says of them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from flawless.model.facts import FactKey, Known, Scope, Unknown, service_subject
from flawless.model.settings import Settings
from flawless.testing.from_files import facts_from, stack_from

T = TypeVar("T")
APP = "services:\n  app:\n    build: .\n"


def reading(
    key: FactKey[T],
    files: Mapping[str, str],
    root: Path,
    *,
    service: str = "app",
    settings: Settings | None = None,
) -> Known[T] | Unknown:
    """The probe's reading for the service (or for the stack)."""
    stack = stack_from(files, root, settings)
    subject = service_subject(service) if key.scope is Scope.SERVICE else "stack"
    found = facts_from(stack, [key], settings).get(key, subject)
    assert found is not None
    return found


def value(key: FactKey[T], files: Mapping[str, str], root: Path, **more: Any) -> T:
    """The known value."""
    found = reading(key, files, root, **more)
    assert isinstance(found, Known), found
    return found.value


def reason(key: FactKey[Any], files: Mapping[str, str], root: Path, **more: Any) -> str:
    """Why it is unknown."""
    found = reading(key, files, root, **more)
    assert isinstance(found, Unknown), found
    return found.reason


def repository(root: Path, *tracked: str) -> None:
    """A repository in the folder with one commit of those files."""
    name = ("-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "commit.gpgsign=false")
    for command in (["init", "-q"], ["add", "-f", "--", *tracked], [*name, "commit", "-q", "-m", "one"]):
        subprocess.run(["git", *command], cwd=root, check=True, capture_output=True)
