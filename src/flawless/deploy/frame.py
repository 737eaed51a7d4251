"""The steps before and after every switch. Pure."""

from __future__ import annotations

from flawless.model.plan import Step, StepKind

UNDO = "the release before: its image, configuration and files"
BACKUP = Step(
    id="backup",
    kind=StepKind.BACKUP,
    why="a migration cannot be taken back",
    proof="every database that a migration is about to move is in a file of its own",
    undo="the file is removed when the rehearsal fails",
)


def preparation() -> tuple[Step, ...]:
    """What comes before anything that serves is touched."""
    return (
        Step(
            id="build",
            kind=StepKind.BUILD,
            why="every image exists before anything that serves is touched",
            proof="each built image is with the engine and has an id",
            undo="nothing serves from them yet",
        ),
        Step(
            id="inspect",
            kind=StepKind.INSPECT,
            why="what will run is looked at before it runs",
            proof="no blocking check of the images fails",
            undo="nothing serves from them yet",
        ),
        Step(
            id="snapshot",
            kind=StepKind.SNAPSHOT,
            why="the release is kept with the engine, so that it can be returned to",
            proof="the engine has the release and the images under their own names",
            undo="the release is marked bad",
        ),
        BACKUP,
        Step(
            id="rehearse",
            kind=StepKind.REHEARSE,
            why="a migration that fails or cannot be repeated shows on a throwaway database",
            proof="the jobs end well there, twice on an empty one and once on the backup of the one that runs",
            undo="the throwaway databases are gone by then",
        ),
    )


def closing() -> tuple[Step, ...]:
    """What comes after the switch, until the release is good."""
    return (
        Step(
            id="verify",
            kind=StepKind.VERIFY,
            why="a running container proves nothing about the site",
            proof="no blocking check of the live stack fails",
            undo=UNDO,
        ),
        Step(
            id="soak",
            kind=StepKind.SOAK,
            why="a release is good only after it held for a while",
            proof="no restart, no new error, no slow answer in the window",
            undo=UNDO,
        ),
        Step(
            id="promote",
            kind=StepKind.PROMOTE,
            why="it is the release to return to from now on",
            proof="the engine holds it as good",
            undo="an ordinary rollback",
        ),
    )
