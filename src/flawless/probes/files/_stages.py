"""Which stages of a Dockerfile make the image, and what they take from the build context."""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.dockerfile import Dockerfile, Instruction, Stage
from flawless.probes.files._dockerfile import expand


def reached(dockerfile: Dockerfile) -> tuple[Stage, ...]:
    """The stages that the shipped one starts from or copies from, in file order."""
    wanted = {dockerfile.target}
    for index in range(dockerfile.target, -1, -1):
        if index in wanted:
            stage = dockerfile.stages[index]
            wanted.update(_copied_from(dockerfile, stage))
            wanted.update(() if stage.parent is None else (stage.parent,))
    return tuple(stage for index, stage in enumerate(dockerfile.stages) if index in wanted)


def _copied_from(dockerfile: Dockerfile, stage: Stage) -> Iterator[int]:
    named = {each.name.lower(): index for index, each in enumerate(dockerfile.stages) if each.name}
    for flag in (flag for step in stage.instructions for flag in step.flags):
        for word in flag.removeprefix("--mount=").split(","):
            name = word.removeprefix("--").partition("from=")[2].lower()
            if name in named:
                yield named[name]
            elif name.isdigit() and int(name) < len(dockerfile.stages):
                yield int(name)


def sources(step: Instruction, variables: dict[str, str]) -> Iterator[str]:
    """Sources in the build context: no other stage's, no URL, no heredoc, none that hangs on an unknown variable."""
    if any(flag.startswith("--from") for flag in step.flags):
        return
    for word in step.args[:-1]:
        source = word if step.json_form else expand(word, variables)
        if "://" not in source and not source.startswith(("<<", "git@")) and "$" not in source:
            yield source
