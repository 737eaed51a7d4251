"""A .dockerignore that keeps out history, keys and env files which are there and which the build does not ask for."""

from __future__ import annotations

import re

from flawless.mending.case import Case, Fixer, LeftAloneError
from flawless.model.dockerfile import Dockerfile
from flawless.model.fix import Edit, Fix
from flawless.model.keys import DOCKERFILE, DOCKERIGNORE

_GIT = re.compile(r"\bgit\b|\.git\b")
# Builds of frontends read env files of these names from the context.
_FRONTEND = re.compile(r"\b(?:npm|yarn|pnpm|bun|vite|next|ng)\b")


def mend(case: Case) -> Fix:
    """The file with a line for each path of risk, or those lines at the end of the file that is there."""
    ignore, dockerfile = case.view.find(DOCKERIGNORE), case.view.find(DOCKERFILE)
    if ignore is None or dockerfile is None:
        raise LeftAloneError("its build context or its Dockerfile cannot be read")
    wanted = [path for path in dict.fromkeys((".git", *ignore.leaks)) if not _asked_for(path, dockerfile)]
    if not ignore.exists and wanted:
        text = "".join(f"{path}\n" for path in wanted)
        return case.fix(
            ignore.path, f"a filter for the build context of {case.service.name}", Edit(1, 1, text), new=True
        )
    lines = [path for path in wanted if path in ignore.leaks]
    if not lines:
        raise LeftAloneError("what it lets in, the build may ask for; or git only has to track it")
    source = case.source(ignore.path)
    last = len(source.lines)
    open_end = source.lines[-1] != ""
    edit = source.after(last, lines) if open_end else source.before(last, lines)
    return case.fix(ignore.path, f"lines that keep {', '.join(lines)} out", edit)


def _asked_for(path: str, dockerfile: Dockerfile) -> bool:
    """Whether an instruction names the path, or a tool is run that reads it by itself."""
    texts = [text for stage in dockerfile.stages for step in stage.instructions for text in _texts(step)]
    if path == ".git":
        return any(_GIT.search(text) for text in texts)
    if path.rpartition("/")[2].startswith(".env") and any(_FRONTEND.search(text) for text in texts):
        return True
    name = path.rstrip("/").rpartition("/")[2]
    return any(name in text for text in texts)


def _texts(step: object) -> tuple[str, ...]:
    return (getattr(step, "original", ""), *getattr(step, "heredocs", ()))


FIXER = Fixer("dockerignore-missing", mend)
