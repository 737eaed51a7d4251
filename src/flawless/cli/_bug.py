"""The details of a bug, written for whoever mends it: where it happened, versions, arguments, secrets masked."""

from __future__ import annotations

import platform
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from flawless import __version__
from flawless.errors import FlawlessError
from flawless.ports.clock import iso
from flawless.ports.files import RealFiles
from flawless.ports.ids import RealIds
from flawless.ports.mask import Masker

STATE = ".flawless"


def write_details(error: BaseException, argv: Sequence[str]) -> str:
    """Write the file next to the ledger if there is one here, else to the temporary folder; its path, "" if neither."""
    now = time.time()
    text = Masker().mask(_details(error, argv, now))
    name = f"bug-{RealIds().new(now)}.txt"
    for path in (Path(STATE) / name, Path(tempfile.gettempdir()) / f"flawless-{name}"):
        if not path.parent.is_dir():
            continue
        try:
            RealFiles().write(path, text.encode(errors="replace"))
        except FlawlessError:
            continue
        return str(path)
    return ""


def _details(error: BaseException, argv: Sequence[str], now: float) -> str:
    lines = (
        f"flawless {__version__} on Python {platform.python_version()}, {platform.platform()}",
        f"at {iso(now)}, arguments: {list(argv)}",
        "",
        *traceback.format_exception(error),
    )
    return "\n".join(lines)
