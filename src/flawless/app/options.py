"""What the operator of a deploy may ask for."""

from __future__ import annotations

from msgspec import Struct

from flawless.deploy.plan import Options


class DeployOptions(Struct, frozen=True):
    """``soak`` in seconds, None for the settings' windows; ``recreate`` names data services that may be replaced."""

    soak: float | None = None
    allow_dirty: bool = False
    no_cache: bool = False
    force_recreate: bool = False
    recreate: tuple[str, ...] = ()

    def planning(self) -> Options:
        """What of it the plan needs to know."""
        return Options(recreate=self.recreate, force=self.force_recreate)
