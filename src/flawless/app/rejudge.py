"""``flawless judge``: saved facts judged again, offline."""

from __future__ import annotations

from flawless import __version__
from flawless.app.judge import judge_saved, load_facts, waived
from flawless.app.reporting import soak_told
from flawless.judging.catalogue import catalogue
from flawless.judging.checklist import checklist
from flawless.judging.gate import gate
from flawless.judging.run import evidence_of
from flawless.model.report import SCHEMA, Report, StackRef, Tool
from flawless.ports.clock import iso
from flawless.soak.verdict import watched


def rejudge(text: str, path: str, allow_unknown: tuple[str, ...]) -> Report:
    """The report over saved facts, as of the time at which they were saved."""
    saved, facts = load_facts(text, path)
    judged = judge_saved(saved, facts)
    verdicts = waived(judged, saved.settings, saved.now)
    return Report(
        schema=SCHEMA,
        tool=Tool("flawless", __version__),
        run_id="judge",
        phase=f"judge of {saved.phase}",
        started=iso(saved.now),
        seconds=0.0,
        stack=StackRef(saved.stack.name, saved.stack.digest, ""),
        decision=gate(verdicts, saved.settings, allow_unknown),
        verdicts=verdicts,
        checklist=checklist(verdicts, catalogue().values(), window=watched(facts)),
        evidence=evidence_of(facts),
        soak=soak_told(saved.stack, saved.settings, facts, verdicts, allow_unknown),
    )
