"""From a Dockerfile's text to stages and instructions. Pure but for the library that reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from flawless.model.dockerfile import Dockerfile, Instruction, Stage
from flawless.model.stack import MASK, Build
from flawless.probes.files._shared import UnseenError
from flawless.sensitive import hide_embedded, is_secret
from flawless.templates import template_line

_GIVEN = {"TARGETPLATFORM": "linux/amd64", "TARGETOS": "linux", "TARGETARCH": "amd64", "BUILDPLATFORM": "linux/amd64"}
_DEFAULTED = re.compile(r"\$\{\w+:?-([^${}]+)\}")


def parse(text: str, path: str, build: Build, *, first: int = 1) -> Dockerfile:
    """The Dockerfile as this build reads it; UnseenError with file and line when it cannot be read.

    ``first`` is the line of ``path`` on which the text begins.
    """
    from e2b_dockerfile_utils import DockerfileSyntaxError

    try:
        tree = _tree(text)
    except (DockerfileSyntaxError, ValueError, RecursionError) as error:
        if template_line(text):
            raise _template(path) from error
        line = (getattr(error, "line", None) or 1) + first - 1
        raise UnseenError(f"{path}:{line} cannot be read: {_plain(error)}", remedy="correct the Dockerfile") from error
    stages = _stages(tree, build, first - 1)
    if any(template_line(raw.original) for raw in tree.instructions if raw.name.upper() == "FROM"):
        raise _template(path)
    if not stages:
        raise UnseenError(f"{path} has no FROM", remedy="start it with FROM")
    return Dockerfile(path, stages, _target(stages, build.target, path))


@lru_cache(maxsize=64)
def _tree(text: str) -> Any:
    """What the library reads, once for all probes: it takes milliseconds, and most of them need it."""
    from e2b_dockerfile_utils import parse_dockerfile_ast

    return parse_dockerfile_ast(text)


def _template(path: str) -> UnseenError:
    said = f"{path} is a template that is filled in before the build, not a Dockerfile"
    return UnseenError(said, remedy="name the finished Dockerfile in build.dockerfile")


def _plain(error: Exception) -> str:
    """What the library says, without the control characters of a binary file and without the place said already."""
    said = re.sub(r"^Dockerfile parse error on line \d+: ", "", str(error))[:200]
    return "".join(char if char.isprintable() else "?" for char in said)


def _target(stages: tuple[Stage, ...], name: str, path: str) -> int:
    if not name:
        return len(stages) - 1
    for index, stage in enumerate(stages):
        if name.lower() == stage.name.lower() or name == str(index):
            return index
    raise UnseenError(f"{path} has no stage {name}, which the compose file asks for", remedy="correct build.target")


def _stages(tree: Any, build: Build, above: int) -> tuple[Stage, ...]:
    """The stages; ``above`` is how many lines of the file stand above the text."""
    given = {each.name: each.value for each in build.args}
    outer: dict[str, str] = {**_GIVEN}
    stages: list[tuple[list[str], int, list[Instruction]]] = []
    for raw in tree.instructions:
        if raw.name.upper() == "FROM":
            # Only ARG reaches FROM: a variable that none has set is not set.
            words = [_DEFAULTED.sub(r"\1", expand(word, outer, tree.escape_token)) for word in raw.args]
            stages.append((words, raw.start_line + above, []))
        elif stages:
            stages[-1][2].append(_instruction(raw, above))
        elif raw.name.upper() == "ARG":
            outer.update(_defaults(raw.args, given, outer, tree.escape_token))
    names: list[str] = []
    done: list[Stage] = []
    for words, line, steps in stages:
        done.append(_stage(words, line, steps, names, build.contexts))
        names.append(done[-1].name.lower())
    return tuple(done)


def _stage(
    words: list[str], line: int, steps: list[Instruction], earlier: list[str], contexts: Mapping[str, str]
) -> Stage:
    base = words[0] if words else ""
    name = words[2] if len(words) == 3 and words[1].upper() == "AS" else ""
    parent = len(earlier) - 1 - earlier[::-1].index(base.lower()) if base and base.lower() in earlier else None
    if parent is None:
        base = contexts.get(base, base).removeprefix("docker-image://")
    return Stage(name, base, line, tuple(steps), parent)


def _defaults(words: Iterable[str], given: Mapping[str, str], known: Mapping[str, str], escape: str) -> dict[str, str]:
    """What ARG words set: the argument that the build gives, else the default."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, default = word.partition("=")
        if name in given:
            found[name] = given[name]
        elif equals:
            found[name] = expand(default, {**known, **found}, escape)
    return found


def expand(word: str, variables: Mapping[str, str], escape: str = "\\") -> str:
    """A word with its variables replaced and quotes removed; unknown variables stay as written."""
    from e2b_dockerfile_utils import ShellLex

    try:
        return str(ShellLex(escape, env=variables).process_word(word))
    except ValueError:
        return word


def variables_of(dockerfile: Dockerfile, build: Build, stage: Stage) -> dict[str, str]:
    """What ARG and ENV set in a stage and in those that it starts from."""
    given = {each.name: each.value for each in build.args}
    chain = [stage]
    while chain[0].parent is not None:
        chain.insert(0, dockerfile.stages[chain[0].parent])
    found: dict[str, str] = {}
    for step in (step for each in chain for step in each.instructions):
        if step.name == "ARG":
            found.update(_defaults(step.args, given, found, "\\"))
        elif step.name == "ENV":
            pairs = zip(step.args[::3], step.args[1::3], strict=False)
            found.update({name: expand(value, found) for name, value in pairs})
    return found


def _instruction(raw: Any, above: int) -> Instruction:
    name = raw.name.upper()
    arguments = _masked(name, raw.args) if raw.args else _onbuild(name, raw.original)
    hidden = any(MASK in argument for argument in arguments)
    return Instruction(
        name=name,
        line=raw.start_line + above,
        original=f"{name} {' '.join(arguments)}" if hidden else hide_embedded(raw.original),
        args=tuple(arguments),
        flags=tuple(raw.flags),
        json_form=bool(raw.json),
        heredocs=tuple(hide_embedded(heredoc.content) for heredoc in raw.heredocs),
    )


def _onbuild(name: str, original: str) -> list[str]:
    """The library keeps what follows ONBUILD in the original line only."""
    return original.split(None, 1)[1:] if name == "ONBUILD" else []


def _masked(name: str, words: list[str]) -> list[str]:
    """Arguments without secret values: ENV and LABEL come as name, value, separator; ARG as ``name=value``."""
    if name in {"ENV", "LABEL"} and len(words) % 3 == 0:
        masked = list(words)
        for place in range(0, len(words), 3):
            masked[place + 1] = _value(words[place], words[place + 1])
        return masked
    if name == "ARG":
        pairs = (word.partition("=") for word in words)
        return [f"{key}={_value(key, value)}" if equals else key for key, equals, value in pairs]
    return [hide_embedded(word) for word in words]


def _value(name: str, value: str) -> str:
    plain = re.sub(r"^(['\"])(.*)\1$", r"\2", value)
    return MASK if "$" not in plain and is_secret(name, plain) else hide_embedded(value)
