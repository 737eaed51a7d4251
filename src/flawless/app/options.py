"""What the operator of a deploy may ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from flawless.deploy.plan import Options
from flawless.deploy.site import Outcome
from flawless.errors import UsageError
from flawless.model.plan import Plan, StepKind

Confirm = Callable[[Plan], Awaitable[bool]]


class Reset(Struct, frozen=True):
    """All containers and networks of the stack go first; with ``save``, which keeps what is in them, volumes too."""

    save: Callable[[], Awaitable[Outcome]] | None = None


class DeployOptions(Struct, frozen=True):
    """``soak`` in seconds, None for the settings' windows; ``recreate`` names data services that may be replaced.

    ``only`` limits the switch to these services; ``maintenance``: the proxy shows a page while one of them is away.
    ``reset``: all that runs of the stack goes first. ``confirm`` is asked before the switch when the plan has a gap or
    touches what was not asked for; None: nobody is asked.
    """

    soak: float | None = None
    allow_dirty: bool = False
    no_cache: bool = False
    force_recreate: bool = False
    recreate: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    maintenance: bool = False
    confirm: Confirm | None = None
    reset: Reset | None = None

    def planning(self) -> Options:
        """What of it the plan needs to know."""
        return Options(recreate=self.recreate, force=self.force_recreate, only=self.only, maintenance=self.maintenance)


def saving(reset: Reset | None) -> dict[StepKind, Callable[[], Awaitable[Outcome]]]:
    """What the runner takes for the step of a reset that keeps data."""
    return {StepKind.SAVE: reset.save} if reset and reset.save else {}


async def confirmed(made: Plan, confirm: Confirm | None) -> None:
    """Return when the plan may be carried out; raise UsageError when somebody was asked and said no."""
    asked = bool(made.collateral) or any(each.gap_seconds for each in made.services)
    if asked and confirm is not None and not await confirm(made):
        raise UsageError("the plan was not confirmed", remedy="give --yes to deploy without being asked")
