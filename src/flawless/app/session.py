"""One use of flawless on one stack: settings, stack, ports and history together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct, structs

from flawless.app.gather import probes_for
from flawless.app.observe import read_stack
from flawless.compose.command import binary
from flawless.compose.resolve import Resolved
from flawless.config import ledger_path, load_for
from flawless.errors import UsageError
from flawless.judging.catalogue import catalogue
from flawless.judging.select import needed, select
from flawless.ledger.sqlite import SqliteLedger
from flawless.model.check import Level
from flawless.model.settings import Settings
from flawless.model.stack import Stack
from flawless.ports.bundle import Ports
from flawless.ports.files import make_state_folder
from flawless.ports.ledger import Ledger
from flawless.together import both

FOLDER = ".flawless"

Progress = Callable[[str], None]


class Asked(Struct, frozen=True):
    """What every command may be given. ``slow``: rules that call slow tools are asked too; ``active``: those that leave
    a trace in what runs.
    """

    allow_unknown: tuple[str, ...] = ()
    osv_db: str = ""
    ledger: Path | None = None
    only: tuple[str, ...] = ()
    slow: bool = False
    active: bool = False


class Session(Struct, frozen=True):
    """A stack that was read, and all that is needed to look at it and to remember."""

    root: Path
    ports: Ports
    settings: Settings
    stack: Stack
    resolved: Resolved
    asked: Asked
    progress: Progress

    @property
    def compose(self) -> tuple[str, ...]:
        """The Compose program, for files of our own."""
        return (binary(),)

    @property
    def folder(self) -> Path:
        """Where flawless keeps what it writes about this stack."""
        return self.root / FOLDER

    def make_folder(self) -> None:
        """Make that folder; raise UsageError when it cannot be."""
        try:
            make_state_folder(self.folder)
        except OSError as error:
            remedy = "make the stack's folder writable, or free some space"
            raise UsageError(f"cannot write {self.folder}: {error.strerror}", remedy=remedy) from error

    def ledger(self) -> Ledger:
        """The history, opened; raise UsageError when it cannot be."""
        return SqliteLedger.open(ledger_path(self.root, self.asked.ledger))


def read_settings(root: Path, ports: Ports, asked: Asked) -> Settings:
    """flawless.toml with the command line laid over it."""
    settings = load_for(root, ports.files, tuple(catalogue()))
    return structs.replace(settings, osv_db=asked.osv_db) if asked.osv_db else settings


async def open_session(
    root: Path, ports: Ports, asked: Asked, progress: Progress, *, revision: str = "", levels: Iterable[Level] = ()
) -> Session:
    """Read settings and stack; ``revision`` is handed to Compose as FLAWLESS_REVISION.

    Checks, and the probes for ``levels``, are loaded while Compose reads the files: both take about as long.
    """
    named = load_for(root, ports.files)
    environment = {"FLAWLESS_REVISION": revision} if revision else {}
    (stack, resolved), settings = await both(
        read_stack(root, named, ports, environment=environment),
        asyncio.to_thread(_loaded, root, ports, asked, levels),
    )
    return Session(root, ports, settings, stack, resolved, asked, progress)


async def open_to_look(root: Path, ports: Ports, asked: Asked, progress: Progress) -> Session:
    """As ``open_session`` for a use that judges nothing: no check is loaded, and no id in flawless.toml compared."""
    settings = load_for(root, ports.files)
    stack, resolved = await read_stack(root, settings, ports)
    return Session(root, ports, settings, stack, resolved, asked, progress)


def _loaded(root: Path, ports: Ports, asked: Asked, levels: Iterable[Level]) -> Settings:
    """The settings again, their ids compared with those of the checks; UsageError on one that no check has."""
    settings = read_settings(root, ports, asked)
    probes_for(key.name for key in needed(select(catalogue().values(), levels, settings)))
    return settings
