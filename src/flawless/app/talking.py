"""Which variable makes a service say more, and a release with that variable set. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import structs

from flawless.checks.secrets.log_level_unfit import LEVEL_NAME
from flawless.errors import UsageError
from flawless.model.observed_files import Source
from flawless.model.release import Release

DEBUG_LABEL = "flawless.debug"
"""On a container that is debugged: until when, ISO 8601 in UTC."""

_NUMBERS = {"trace": "5", "debug": "10", "info": "20", "warn": "30", "warning": "30", "error": "40"}
_ENDING = "-debug"


def louder(service: str, env: Mapping[str, str], sources: Iterable[Source], level: str) -> dict[str, str]:
    """The variables to set, from those that a container of it has and those that its source reads.

    Spelled as the value that is there: in capitals, or as Python's number. UsageError where no variable shows.
    """
    mine = [source for source in sources if service in source.services]
    read = [each.name for source in mine for each in source.reads if LEVEL_NAME.search(each.name) and not each.baked]
    there = [name for name in env if LEVEL_NAME.search(name)]
    name = next(iter([name for name in there if name in read] or there or read), "")
    if not name:
        what = f"neither the environment of {service} nor its source names a variable for the log level"
        raise UsageError(what, remedy="name it, for example: --set LOG_LEVEL=debug")
    python = any("python" in source.languages for source in mine)
    return {name: _spelled(level, env.get(name, ""), capitals=python and name != "RUST_LOG")}


def _spelled(level: str, now: str, *, capitals: bool) -> str:
    if now.isdigit():
        return _NUMBERS.get(level.lower(), level)
    return level.upper() if now.isupper() or (not now and capitals) else level


def assignments(given: Iterable[str]) -> dict[str, str]:
    """``NAME=VALUE`` words as a table; UsageError for one that is none."""
    pairs = [(word, *word.partition("=")) for word in given]
    for word, name, equals, _ in pairs:
        if not (name and equals):
            raise UsageError(f"{word!r} is no NAME=VALUE", remedy="write --set LOG_LEVEL=debug")
    return {name: value for _, name, _, value in pairs}


def talkative(release: Release, service: str, variables: Mapping[str, str], until: str) -> Release:
    """The same release under a name of its own, with variables of one service set, and its label.

    What the files say, an ``env_file`` too, is resolved in it already: nothing comes after these.
    """
    model: dict[str, Any] = msgspec.json.decode(release.config)
    here = model["services"][service]
    here["environment"] = {**(here.get("environment") or {}), **variables}
    here["labels"] = {**(here.get("labels") or {}), DEBUG_LABEL: until}
    return structs.replace(release, id=f"{release.id}{_ENDING}", config=msgspec.json.encode(model).decode())
