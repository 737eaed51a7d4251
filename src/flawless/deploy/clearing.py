"""The plan of a reset: what runs goes, then everything is made anew. Pure."""

from __future__ import annotations

from msgspec import structs

from flawless.model.plan import Plan, Step, StepKind

VOLUMES = "volumes"
_SAVE = Step(
    id="save",
    kind=StepKind.SAVE,
    why="what is in the volumes is about to be deleted",
    proof="every part of the backup was restored into a throwaway container",
    undo="the services that were stopped for it are started again",
)
_CLEAR = Step(
    id="clear",
    kind=StepKind.CLEAR,
    why="everything of this stack is made anew",
    proof="the engine has no container and no network of this project",
    undo="the release before: its images, configuration and files",
)
_CLEAR_ALL = structs.replace(
    _CLEAR,
    why="everything of this stack is made anew, its volumes too",
    proof="the engine has no container, no network and no volume of this project that is in the compose file",
    undo="flawless restore of the backup",
    point_of_no_return=True,
    resource=VOLUMES,
)


def clearing(*, volumes: bool) -> tuple[Step, ...]:
    """The steps that take everything away; ``volumes`` are saved and go too."""
    return (_SAVE, _CLEAR_ALL) if volumes else (_CLEAR,)


def cleared(made: Plan, *, volumes: bool) -> Plan:
    """A plan for an engine without a trace of the stack, with what must be taken away first."""
    first = clearing(volumes=volumes)
    ids = tuple(step.id for step in first)
    later = (step if step.after is None else structs.replace(step, after=(*ids, *step.after)) for step in made.steps)
    return structs.replace(made, steps=(*first, *later))
