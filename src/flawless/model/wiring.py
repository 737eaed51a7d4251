"""The networks of a stack as they are: who is on them, who must reach whom, and who can."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from flawless.model.check import Outcome


class Way(StrEnum):
    """Whether one service can reach another: both run and share a network, share none, or that is not told."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Member(Struct, frozen=True):
    """A container on a network; ``service`` is "" for one that is not the stack's."""

    service: str
    container: str
    address: str = ""
    aliases: tuple[str, ...] = ()


class WiredNetwork(Struct, frozen=True, kw_only=True):
    """A network: key in the file ("" where no file names it), real name; ``internal`` has no way out.

    ``internal`` is None where the engine does not tell.
    """

    key: str
    name: str
    internal: bool | None
    members: tuple[Member, ...] = ()


class Need(Struct, frozen=True):
    """One service that must reach another, why, and whether it can: the names of the networks that both are on."""

    caller: str
    peer: str
    why: tuple[str, ...]
    way: Way
    networks: tuple[str, ...] = ()


class Reachable(Struct, frozen=True):
    """Two services that nobody says must talk, and the networks over which they can."""

    one: str
    other: str
    networks: tuple[str, ...]


class PublishedPort(Struct, frozen=True):
    """A port of a service that this machine passes on."""

    service: str
    address: str
    port: int
    target: int


class Isolation(Struct, frozen=True):
    """One finding on where database and cache can be reached from; ``tried``: by connecting, not by the files."""

    subject: str
    outcome: Outcome
    message: str
    tried: bool


class Wiring(Struct, frozen=True, kw_only=True):
    """All of it."""

    stack: str
    networks: tuple[WiredNetwork, ...]
    needs: tuple[Need, ...]
    others: tuple[Reachable, ...] = ()
    published: tuple[PublishedPort, ...] = ()
    isolation: tuple[Isolation, ...] = ()
    unread: tuple[str, ...] = ()
    """Services whose proxy configuration could not be read: whom they pass on to is not known."""

    @property
    def exit_code(self) -> int:
        """0 when who must reach can and the data is apart, 1 when not, 3 when that could not be told."""
        outcomes = {finding.outcome for finding in self.isolation}
        ways = {need.way for need in self.needs}
        if Way.CLOSED in ways or Outcome.FAIL in outcomes:
            return 1
        return 3 if Way.UNKNOWN in ways or outcomes & {Outcome.UNKNOWN, Outcome.ERROR} else 0
