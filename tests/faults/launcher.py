"""The flawless command line in which something goes wrong at a point that the test names.

``FLAWLESS_FAULTS`` in the environment is a list in JSON of ``{"at": POINT, "do": [...]}`` or
``{"call": "module:Class.method", "nth": 1, "do": [...]}``. A point is "STEP STATE", or "begin" or "end", and is reached
when that record of the journal is on the disk; a call is met before it does anything. What is done: ``kill`` (this
process, with -9), ``signal NAME``, ``raise``, ``clock SECONDS`` (the wall clock jumps), or else a command is run.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from flawless.app.journal import DeployJournal
from flawless.cli.door import main
from flawless.ports.clock import RealClock

_SECONDS = 60


def do(argv: list[str]) -> None:
    """Let it go wrong."""
    match argv:
        case ["kill"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["signal", name]:
            os.kill(os.getpid(), getattr(signal, name))
        case ["raise"]:
            raise RuntimeError("a fault that nobody expected")
        case ["clock", seconds]:
            jump(float(seconds))
        case _:
            subprocess.run(argv, check=True, timeout=_SECONDS, stdout=sys.stderr)


def jump(seconds: float) -> None:
    """From now on the wall clock is off by so many seconds; what measures durations is not."""
    told = RealClock.now
    RealClock.now = lambda self: told(self) + seconds  # type: ignore[method-assign]


def at_records(faults: list[dict[str, Any]]) -> None:
    """Meet each record of the journal once it is written."""
    append = DeployJournal._append

    def appended(self: DeployJournal, event: Any, detail: Any = None, step: Any = None) -> None:
        append(self, event, detail, step)
        point = f"{step.id} {step.state.value}" if step else event.value
        for fault in [each for each in faults if each["at"] == point]:
            do(fault["do"])

    DeployJournal._append = appended  # type: ignore[method-assign]


def before_call(fault: dict[str, Any], calls: Counter[str]) -> None:
    """Meet the nth call of a function or method."""
    module, _, path = fault["call"].partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for part in outer:
        owner = getattr(owner, part)
    called: Callable[..., Any] = getattr(owner, name)

    def met(*args: Any, **words: Any) -> Any:
        calls[fault["call"]] += 1
        if calls[fault["call"]] == fault.get("nth", 1):
            do(fault["do"])
        return called(*args, **words)

    setattr(owner, name, met)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background is told to ignore it
    faults = json.loads(os.environ.pop("FLAWLESS_FAULTS", "[]"))
    at_records([fault for fault in faults if "at" in fault])
    for fault in faults:
        if "call" in fault:
            before_call(fault, Counter())
    main()
