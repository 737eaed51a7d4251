"""Programs of the stack's own that run around a switch: on the operator's machine, in the stack's folder.

One that comes before something can stop it; one that comes after is only told of, for what serves and held is not taken
away again for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from msgspec import Struct

from flawless.app.session import Session
from flawless.deploy.failure import StepFailedError
from flawless.errors import FlawlessError, RefusedError
from flawless.model.plan import StepKind, StepRecord, StepState
from flawless.model.release import Release
from flawless.model.report import Cause
from flawless.model.settings import Hook
from flawless.ports.shell import TIMED_OUT

RUNNING = "FLAWLESS_HOOK"
_LINES = 50
_WIDTH = 500

Record = Callable[[StepRecord], None]


class Hooks(Struct, frozen=True):
    """The hooks of one run: ``facts`` are in their environment, ``record`` keeps how they went."""

    session: Session
    record: Record
    facts: Mapping[str, str]

    async def before(self, name: str, **facts: str) -> None:
        """Run a hook that may stop what comes next: raise StepFailedError when it fails."""
        if cause := await self._run(name, facts):
            raise StepFailedError(cause)

    async def after(self, name: str, **facts: str) -> tuple[str, ...]:
        """Run a hook that stops nothing: a note when it failed."""
        try:
            cause = await self._run(name, facts)
        except FlawlessError as error:
            return (f"the hook {name} could not be recorded: {error.what}",)
        return (cause.message,) if cause else ()

    async def _run(self, name: str, facts: Mapping[str, str]) -> Cause | None:
        hook: Hook = getattr(self.session.settings.hooks, name)
        if not hook.run:
            return None
        clock = self.session.ports.clock
        start, began = clock.monotonic(), clock.now()
        why = f"{' '.join(hook.run)}"

        def entry(state: StepState, message: str = "", lines: tuple[str, ...] = ()) -> StepRecord:
            seconds = round(clock.monotonic() - start, 3)
            return StepRecord(f"hook-{name}", StepKind.HOOK, why, state, seconds, message, lines, began)

        self.record(entry(StepState.STARTED))
        message, lines = await _call(self.session, name, hook, {**self.facts, **facts})
        if not message:
            self.record(entry(StepState.PROVED, "it ended with 0", lines))
            return None
        self.record(entry(StepState.FAILED, message, lines))
        return Cause(message, lines, "mend the hook, or take it out of flawless.toml")


async def _call(session: Session, name: str, hook: Hook, facts: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Why a hook failed ("" when it did not), and the end of what it said, masked."""
    session.progress(f"hook {name}: {' '.join(hook.run)}")
    said: list[str] = []
    environment = {f"FLAWLESS_{key.upper()}": value for key, value in facts.items()} | {RUNNING: name}
    done = await session.ports.shell.run(
        hook.run, timeout=hook.timeout, cwd=session.root, env=environment, on_line=said.append
    )
    masked = [session.ports.masker.mask(line)[:_WIDTH] for line in said or done.stderr.splitlines()]
    message = ""
    if done.status == TIMED_OUT:
        message = f"the hook {name} did not end within {hook.timeout:.0f} s"
    elif done.status:
        message = f"the hook {name} ended with status {done.status}"
    return message, tuple(masked[-_LINES:])


def facts_of(release: Release, parent: str, phase: str) -> dict[str, str]:
    """What every hook is told."""
    return {
        "stack": release.stack,
        "release": release.id,
        "revision": release.revision,
        "parent": parent,
        "phase": phase,
    }


def refuse_within_hook() -> None:
    """Raise RefusedError in a process that a hook started: the deploy around it holds the lease and waits for it."""
    if name := os.environ.get(RUNNING):
        what = f"the hook {name} calls flawless again, and the deploy that runs it is not done"
        remedy = f"let {name} do one thing only; flawless verify and history may be called from a hook"
        raise RefusedError(what, remedy=remedy)
