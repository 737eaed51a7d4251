"""Hatchling's hook: compiles the relay into the wheel, and into the source folder for an editable install."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

RELAY = Path("src") / "flawless" / "relay"


class RelayHook(BuildHookInterface[Any]):
    """Runs before a wheel is put together; a wheel without the relay is an error, an editable install only says so."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the relay and add it to the wheel although git ignores it."""
        builder = runpy.run_path(str(Path(self.root) / RELAY / "build.py"), run_name="relay_build")
        if version == "editable":
            self._try(builder)
        else:
            builder["build"]()
        build_data["artifacts"].append(f"/{RELAY.as_posix()}/bin/relay-*")

    def _try(self, builder: dict[str, Any]) -> None:
        try:
            builder["build"]([builder["architecture_here"]()])
        except builder["BuildError"] as error:
            self.app.display_warning(f"flawless works without probes from inside networks: {error}")
