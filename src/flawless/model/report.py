"""The report that every command leaves behind: contract ``flawless/report/1``."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from flawless.model.change import Change
from flawless.model.check import Verdict
from flawless.model.facts import Evidence
from flawless.model.fix import Fix
from flawless.model.observed import Latency, Sample
from flawless.model.plan import ServicePlan, StepRecord, Traffic

SCHEMA = "flawless/report/1"


class ItemState(StrEnum):
    """How a line of the checklist stands."""

    CHECKED = "checked"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    NOT_RUN = "not-run"


class ChecklistItem(Struct, frozen=True):
    """One line of the checklist: its state, the checks that decided it, and a reason where it was not decided."""

    item: str
    section: str
    text: str
    state: ItemState
    checks: tuple[str, ...]
    reason: str = ""


class Decision(Struct, frozen=True):
    """Go or no-go, the exit code, the sentence why, and the checks that forced or were allowed."""

    go: bool
    exit_code: int
    reason: str
    forced_by: tuple[str, ...] = ()
    allowed_unknown: tuple[str, ...] = ()


class Tool(Struct, frozen=True):
    """Which flawless wrote the report."""

    name: str
    version: str


class StackRef(Struct, frozen=True):
    """Which stack was judged."""

    name: str
    digest: str
    revision: str


class ReleaseRef(Struct, frozen=True):
    """Which release was deployed and which one it followed or gave way to; whether it moved the database's schema."""

    id: str
    state: str
    parent: str
    serving: str
    schema_moved: bool = False


class Cause(Struct, frozen=True):
    """Why a deploy failed: one sentence, the line that shows it, and what to do."""

    message: str
    evidence: tuple[str, ...]
    remedy: str


class SoakVerdict(StrEnum):
    """What a soak proved: the release held, it did not, or the window cannot tell."""

    GOOD = "good"
    BAD = "bad"
    INCONCLUSIVE = "inconclusive"


class SoakService(Struct, frozen=True):
    """The course of a service's memory and CPU over the soak; limits are 0 where there are none."""

    service: str
    memory_limit: int
    cpu_limit: float
    samples: tuple[Sample, ...]


class Soak(Struct, frozen=True):
    """The soak of a deploy: its verdict and why, seconds watched and asked for, and what was measured meanwhile."""

    verdict: SoakVerdict
    reason: str
    seconds: float
    asked: float
    services: tuple[SoakService, ...]
    latency: Latency | None = None


class Report(Struct, frozen=True, kw_only=True):
    """All of one run. ``changes`` are those against the release before; None: there was nothing to compare."""

    schema: str
    tool: Tool
    run_id: str
    phase: str
    started: str
    seconds: float
    stack: StackRef
    decision: Decision
    verdicts: tuple[Verdict, ...]
    checklist: tuple[ChecklistItem, ...]
    notes: tuple[str, ...] = ()
    evidence: dict[str, Evidence] = {}
    release: ReleaseRef | None = None
    services: tuple[ServicePlan, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    traffic: Traffic | None = None
    soak: Soak | None = None
    cause: Cause | None = None
    changes: tuple[Change, ...] | None = None
    fixes: tuple[Fix, ...] = ()
