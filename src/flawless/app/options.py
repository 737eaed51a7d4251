"""What the operator of a deploy may ask for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from flawless.deploy.plan import Options
from flawless.errors import UsageError
from flawless.model.plan import Plan

Confirm = Callable[[Plan], Awaitable[bool]]


class DeployOptions(Struct, frozen=True):
    """``soak`` in seconds, None for the settings' windows; ``recreate`` names data services that may be replaced.

    ``only`` limits the switch to these services; ``maintenance``: the proxy shows a page while one of them is away.
    ``confirm`` is asked before the switch when the plan has a gap or
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

    def planning(self) -> Options:
        """What of it the plan needs to know."""
        return Options(recreate=self.recreate, force=self.force_recreate, only=self.only, maintenance=self.maintenance)


async def confirmed(made: Plan, confirm: Confirm | None) -> None:
    """Return when the plan may be carried out; raise UsageError when somebody was asked and said no."""
    asked = bool(made.collateral) or any(each.gap_seconds for each in made.services)
    if asked and confirm is not None and not await confirm(made):
        raise UsageError("the plan was not confirmed", remedy="give --yes to deploy without being asked")
