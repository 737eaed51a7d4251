"""Which location of a server answers a path, as nginx chooses it, and what a location passes on. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.checks.edge._shared import Spot, Target
from flawless.model.nginx import Directive

_URI = re.compile(r"^[a-z]+://[^/]*(?P<path>/[^$]*)$")


def locations(server: Directive) -> Iterator[Directive]:
    """The locations of a server, nested ones included."""
    return (found for found in server.walk() if found.name == "location")


def answering(server: Directive, path: str) -> Directive | None:
    """The location that nginx takes for a path: an exact one, a regular expression, or the longest prefix."""
    longest: Directive | None = None
    size, final = -1, False
    for location in locations(server):
        modifier, pattern = _pattern(location)
        if modifier == "=" and pattern == path:
            return location
        if modifier in ("", "^~") and path.startswith(pattern) and len(pattern) > size:
            longest, size, final = location, len(pattern), modifier == "^~"
    if final:
        return longest
    matching = (location for location in locations(server) if _fits(location, path))
    return next(matching, longest)


def _pattern(location: Directive) -> tuple[str, str]:
    args = location.args
    return (args[0], args[1]) if len(args) == 2 else ("", args[0] if args else "")


def _fits(location: Directive, path: str) -> bool:
    modifier, pattern = _pattern(location)
    if modifier not in ("~", "~*"):
        return False
    try:
        return bool(re.search(pattern, path, re.IGNORECASE if modifier == "~*" else 0))
    except re.error:
        return False


def outside(target: Target, path: str) -> str:
    """Under which path a route of the service behind is reached: a URI in proxy_pass replaces the location's prefix."""
    location = target.spot.inside("location")
    written = _URI.match(target.spot.directive.args[0])
    modifier, prefix = _pattern(location) if location else ("", "/")
    if not written or modifier not in ("", "^~", "="):
        return path
    replaced = written["path"]
    return prefix + path[len(replaced) :] if path.startswith(replaced) else ""


def place(spot: Spot) -> str:
    """The location around a spot, as messages name it."""
    location = spot.inside("location")
    return f"location {' '.join(location.args)}" if location else "the server"
