"""The ports together, and what a probe is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from flawless.model.facts import Fact, FactKey
from flawless.model.settings import Settings
from flawless.model.stack import Stack
from flawless.ports.clock import Clock
from flawless.ports.engine import Engine
from flawless.ports.files import Files
from flawless.ports.http import Http
from flawless.ports.ids import Ids
from flawless.ports.mask import Masker
from flawless.ports.shell import Shell

if TYPE_CHECKING:
    from flawless.ports.relay import Relay


class Ports(Struct, frozen=True):
    """Everything through which the outside is touched; without a ``relay`` of their own, probes make one each."""

    shell: Shell
    engine: Engine
    http: Http
    files: Files
    clock: Clock
    ids: Ids
    masker: Masker
    relay: Relay | None = None


class Target(Struct, frozen=True):
    """What a probe looks at: the stack, its settings, and the ports to look through.

    ``revision`` and ``release`` are those expected to run, empty when none is recorded; ``since`` limits logs.
    ``shared`` is where probes of one look keep what they all need. ``throwaway``: it is a copy that may be attacked and
    changed; ``active``: the operator allowed a few requests that count and leave a trace. Without either, probes read.
    ``patience`` is how many times its usual time a probe may take.
    """

    stack: Stack
    settings: Settings
    ports: Ports
    revision: str = ""
    release: str = ""
    since: float = 0.0
    throwaway: bool = False
    active: bool = False
    patience: float = 1.0
    shared: dict[str, Any] = field(default_factory=dict)


class Probe(Struct, frozen=True):
    """One observation of the world: the keys it fills, a timeout in seconds, and how it looks.

    ``gather`` answers with a fact for each key and subject it is asked for, known or unknown; it does not judge.
    What it raises, or does not answer in time, becomes unknown with that reason. ``turns``: in a throwaway copy it
    waits until others like it are done, and that is no time of its own.
    """

    keys: tuple[FactKey[Any], ...]
    gather: Callable[[Target], Awaitable[Iterable[Fact]]]
    timeout: float = 10.0
    turns: bool = False
