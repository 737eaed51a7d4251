"""Reading a stack from its files."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from msgspec import structs

from flawless.compose import migrations, parse, roles, secrecy, sources
from flawless.compose.resolve import Resolved, resolve
from flawless.model.facts import Evidence
from flawless.model.settings import Settings
from flawless.model.stack import Stack
from flawless.ports.bundle import Ports

_RUN_KEY = secrets.token_bytes(32)


async def read_stack(
    root: Path,
    settings: Settings,
    ports: Ports,
    *,
    project: str = "",
    environment: Mapping[str, str] | None = None,
) -> tuple[Stack, Resolved]:
    """The stack in ``root`` and what Compose said of it; from here on the ports' masker knows its secrets.

    UsageError, one sentence with file and line, when the stack cannot be read.
    """
    root = _absolute(root)
    resolved = await resolve(root, ports.shell, settings.stack, project=project, environment=environment)
    resolved = structs.replace(resolved, model=migrations.with_job(resolved.model, settings.migrations))
    texts = sources.secret_texts(resolved.model)
    ports.masker.learn(secrecy.in_files(texts.values()))
    ports.masker.learn(secrecy.in_mounted(sources.mounted_texts(resolved.model), resolved.model))
    ports.masker.learn_names(secrecy.file_names(texts, resolved.model) | secrecy.secret_names(resolved.model))
    return _stack(root, settings, resolved, texts), resolved


def _absolute(root: Path) -> Path:
    """Without following links: Compose does not follow them either."""
    return Path(os.path.abspath(root))  # noqa: PTH100


def _stack(root: Path, settings: Settings, resolved: Resolved, secret_texts: Mapping[str, str]) -> Stack:
    found = resolved.sources
    env_files = {path for name in resolved.model["services"] for path in parse.env_file_paths(name, found.index)}
    stack = parse.parse(
        resolved.model,
        found.index,
        root=str(root),
        files=tuple(parse.shown_path(str(path), str(root)) for path in found.paths),
        key=_RUN_KEY,
        env_lines=sources.env_lines(sorted(env_files)),
        secret_texts=secret_texts,
        warnings=parse.problems(resolved.warnings, found.texts),
    )
    return roles.with_roles(stack, {**migrations.job_role(settings.migrations), **settings.roles})


def evidence_of(resolved: Resolved, ports: Ports) -> Evidence:
    """The run of Compose as evidence: what it warned of, never the model it printed."""
    command = resolved.command
    return ports.masker.evidence(" ".join(command.argv), command.status, command.stderr, command.at, command.seconds)
