"""A command whose report is of what it did: the terminal shows that, not the checklist that it did not look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from flawless.cli._output import Showing, show, write
from flawless.cli._run import with_ports
from flawless.model.report import Report
from flawless.ports.bundle import Ports
from flawless.report.text import plain


def told_briefly(work: Callable[[Ports], Awaitable[Report | str]], showing: Showing) -> int:
    """Do the work with real ports, tell what it did, and answer with its exit code; any other format has the report."""
    done = with_ports(work)
    if isinstance(done, str):
        write(f"{plain(done)}\n", showing.output)
        return 0
    if showing.shape != "terminal" or showing.everything:
        show(done, showing)
        return done.decision.exit_code
    steps = [f"  {step.state.value:<8} {step.id}: {step.message or step.why}" for step in done.steps]
    notes = [f"  · {note}" for note in done.notes]
    end = f"{'✔' if done.decision.go else '✘'} {done.decision.reason} (run {done.run_id})"
    write(plain("\n".join((*steps, *notes, end, ""))), showing.output)
    return done.decision.exit_code
