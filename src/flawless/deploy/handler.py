"""What a kind of step is: one file in ``deploy/steps`` with a HANDLER."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from flawless.deploy.site import Outcome, Site
from flawless.model.plan import Step, StepKind


class Handler(Struct, frozen=True):
    """``proof`` observes and says whether the step's end is reached; ``act`` brings it about.

    ``act`` may be repeated after a crash: it looks at what is there first.
    """

    kind: StepKind
    act: Callable[[Site, Step], Awaitable[None]]
    proof: Callable[[Site, Step], Awaitable[Outcome]]
