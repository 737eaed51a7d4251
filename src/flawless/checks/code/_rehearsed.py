"""How a pass of the migration jobs is told."""

from __future__ import annotations

import re

from flawless.model.check import Finding, View
from flawless.model.facts import service_subject
from flawless.model.observed_rehearsal import MigrationPass, Rehearsal

_ERROR = re.compile(r"error|fatal|exception|panic|denied|fail", re.IGNORECASE)
_ON = {
    "empty": "on an empty PostgreSQL {version}",
    "again": "the second time, on the schema it had made itself",
    "copy": "on a copy of the database that runs",
}


def _telling(output: tuple[str, ...]) -> str:
    """The last line that names an error; the last one of all where none does."""
    return next((line for line in reversed(output) if _ERROR.search(line)), output[-1])


def failed(view: View, rehearsal: Rehearsal, step: MigrationPass) -> Finding:
    """The fault: a job that did not end with 0. On a copy without its rows that may be the copy's own fault."""
    place = _ON[step.on].format(version=rehearsal.version)
    ended = f"ended with status {step.status}" if step.status is not None else f"did not end in {step.seconds:.0f} s"
    said = f": {_telling(step.output)}" if step.output else ""
    subject = service_subject(step.job)
    if step.on == "copy" and rehearsal.copied != "data":
        return view.unclear(f"it {ended} {place} that has the schema but not its rows{said}", subject=subject)
    return view.fail(f"it {ended} {place}{said}", subject=subject)
