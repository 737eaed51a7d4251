"""The systemd unit of a stack's ``flawless watch``."""

from __future__ import annotations

import getpass
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from flawless.app.session import FOLDER, Asked, open_to_look
from flawless.ports.bundle import Ports
from flawless.report.unit import Unit, unit

_NO_NAME = re.compile(r"[^A-Za-z0-9:_.-]")  # systemd.unit(5)


async def unit_of(root: Path, ports: Ports, options: Sequence[str]) -> str:
    """The text of the unit that runs ``flawless watch`` with these options as whoever asks now."""
    session = await open_to_look(root, ports, Asked(), lambda _: None)
    session.make_folder()
    stack = _NO_NAME.sub("-", session.stack.name)
    return unit(
        Unit(
            name=f"flawless-watch-{stack}",
            stack=stack,
            user=getpass.getuser(),
            home=str(Path.home()),
            folder=str(root),
            state=str(root / FOLDER),
            command=(sys.executable, "-m", "flawless", "watch", str(root), *options),
        )
    )
