"""Reports built by hand: one with every state and hostile strings, and the small ones beside it."""

from __future__ import annotations

from msgspec import structs

from flawless.model.change import Change, ChangeKind, How
from flawless.model.check import Finding, Level, Outcome, Severity, Verdict
from flawless.model.checklist import LINES
from flawless.model.facts import Evidence
from flawless.model.observed import Latency, Sample, Stretch
from flawless.model.plan import Phase, ServicePlan, StepKind, StepRecord, StepState, Strategy, Traffic, TrafficCourse
from flawless.model.report import (
    SCHEMA,
    Cause,
    ChecklistItem,
    Decision,
    ItemState,
    ReleaseRef,
    Report,
    Soak,
    SoakService,
    SoakVerdict,
    StackRef,
    Tool,
)
from flawless.model.stack import Origin

MARKUP = "<script>alert('x')</script><img src=x onerror=alert(1)>"
ESCAPES = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\x1b[0m\x00\x9b1m"
RIGHT_TO_LEFT = "gpj.\u202eexe"
LOGS = "sha256:" + "a" * 64
TLS = "sha256:" + "b" * 64
ODD = 'sha256:"><script>alert(2)</script>'

EVIDENCE = {
    LOGS: Evidence(
        "docker logs viworks-backend-1",
        "0",
        f"2026-01-02T03:04:05Z FATAL password authentication failed for user 'app'\n{MARKUP}\n{ESCAPES}end",
        LOGS,
        1_767_323_045.0,
        0.041,
    ),
    TLS: Evidence("TLS handshake with 127.0.0.1:8443", "done", "TLSv1.3, CN=localhost", TLS, 1_767_323_046.0, 0.012),
    ODD: Evidence(f"GET {MARKUP}", "500", "</pre></details></body>", ODD, 1_767_323_047.0, 61.5),
}


def finding(
    outcome: Outcome, message: str, subject: str = "service:backend", line: int = 0, remedy: str = ""
) -> Finding:
    """A finding with the logs as evidence."""
    return Finding(subject, outcome, message, remedy, Origin("compose.yaml", line) if line else None, (LOGS,))


def verdict(
    check: str, severity: Severity, items: tuple[str, ...], *findings: Finding, level: Level = Level.LIVE
) -> Verdict:
    """A verdict whose outcome is that of its first finding."""
    first = findings[0]
    return Verdict(
        check,
        check.replace("-", " "),
        severity,
        level,
        first.outcome,
        items,
        findings,
        first.message,
        "CIS Docker 5.12",
    )


VERDICTS = (
    verdict(
        "service-unhealthy",
        Severity.BLOCK,
        ("V1.2", "C1.3", "F1"),
        finding(
            Outcome.FAIL, "viworks-backend-1 is unhealthy: connection refused", line=42, remedy="read its log above"
        ),
        finding(Outcome.FAIL, "viworks-frontend-1 is unhealthy: connection refused", "service:frontend", 61),
        finding(Outcome.PASS, "viworks-nginx-1 is healthy", "service:nginx"),
    ),
    verdict(
        "port-published",
        Severity.BLOCK,
        ("P4.5", "V3.2", "S2.1"),
        Finding(
            f"service:{MARKUP}{ESCAPES}",
            Outcome.FAIL,
            f"port 5432 of {RIGHT_TO_LEFT} is open to the world {MARKUP}{ESCAPES}",
            f"bind it to 127.0.0.1 {MARKUP}",
            Origin(f"{MARKUP}.yaml", 7),
            (ODD, "sha256:nowhere"),
        ),
    ),
    verdict(
        "container-restarted", Severity.BLOCK, ("V1.3",), finding(Outcome.ERROR, "the check crashed: KeyError: 'x'")
    ),
    verdict(
        "dependency-vulnerable",
        Severity.BLOCK,
        ("P1.2", "C3.1"),
        finding(Outcome.UNKNOWN, "no advisory database answered", "stack", remedy="give one with --osv-db DIR"),
        level=Level.FILES,
    ),
    verdict(
        "base-image-floating",
        Severity.WARN,
        ("P2.1",),
        finding(Outcome.FAIL, "debian:bookworm-slim has no digest", line=3, remedy="pin it by digest"),
        level=Level.FILES,
    ),
    verdict("package-cache-kept", Severity.INFO, ("P2.1",), finding(Outcome.FAIL, "apt lists are kept", line=9)),
    verdict("log-level-unfit", Severity.WARN, ("P3.4",), finding(Outcome.UNKNOWN, "LOG_LEVEL is set by nobody")),
    verdict(
        "filesystem-writable",
        Severity.WARN,
        ("S1.3",),
        finding(Outcome.WAIVED, "the root is writable (waived by ops: uploads move in March)"),
    ),
    verdict("tls-certificate-invalid", Severity.BLOCK, ("V3.4",), finding(Outcome.PASS, "valid for 80 days", "stack")),
    verdict("rate-limit-missing", Severity.BLOCK, ("S2.5",), finding(Outcome.NOT_APPLICABLE, "no proxy", "stack")),
)

_STATES = {
    "V1.2": (ItemState.FAILED, ("service-unhealthy",), "service-unhealthy: viworks-backend-1 is unhealthy"),
    "P4.5": (ItemState.FAILED, ("port-published",), f"port-published: {MARKUP}{ESCAPES}"),
    "V1.3": (ItemState.UNKNOWN, ("container-restarted",), "container-restarted: the check crashed"),
    "P1.2": (ItemState.UNKNOWN, ("dependency-vulnerable",), "dependency-vulnerable: no advisory database answered"),
    "S1.3": (ItemState.WAIVED, ("filesystem-writable",), "filesystem-writable: waived by ops"),
    "S2.5": (ItemState.NOT_APPLICABLE, ("rate-limit-missing",), "rate-limit-missing: no proxy"),
    "V3.4": (ItemState.CHECKED, ("tls-certificate-invalid",), ""),
    "E1": (ItemState.CHECKED, (), "the previous release served again after 2.1 s"),
}


def checklist() -> tuple[ChecklistItem, ...]:
    """Every line: some of each state, most of them checked, the application's not run."""
    return tuple(_item(line.item, line.section, line.text) for line in LINES)


def _item(item: str, section: str, text: str) -> ChecklistItem:
    if item in _STATES:
        state, checks, reason = _STATES[item]
        return ChecklistItem(item, section, text, state, checks, reason)
    if item.startswith(("S3", "C2")):
        return ChecklistItem(item, section, text, ItemState.NOT_RUN, (), "no check decides this line yet")
    return ChecklistItem(item, section, text, ItemState.CHECKED, ("service-not-running",), "")


def _step(
    id_: str, kind: StepKind, why: str, state: StepState, times: tuple[float, float], message: str = ""
) -> StepRecord:
    """``times``: when it began, in seconds after the first, and how long it took."""
    return StepRecord(id_, kind, why, state, times[1], message, (LOGS,) if message else (), 1_767_323_045.0 + times[0])


STEPS = (
    _step("build", StepKind.BUILD, "2 services have new sources", StepState.PROVED, (0.0, 12.4)),
    _step("migrate", StepKind.MIGRATE, "1 migration is new", StepState.PROVED, (12.4, 0.8), "schema 0002"),
    _step("switch-backend", StepKind.SWITCH, f"its image {MARKUP}", StepState.FAILED, (13.2, 31.0), "never healthy"),
    _step("switch-nginx", StepKind.RELOAD, "its upstreams moved", StepState.SKIPPED, (13.2, 0.0)),
    _step("undo-backend", StepKind.SWITCH, "the last good release returns", StepState.UNDONE, (44.2, 2.1)),
    _step("verify", StepKind.VERIFY, "what runs must be proved", StepState.STARTED, (46.3, 0.3)),
)


CHANGES = (
    Change(ChangeKind.REVISION, "stack", How.CHANGED, "", "89abcdef" * 5, "01234567" * 5),
    Change(ChangeKind.IMAGE, "backend", How.CHANGED, "", "sha256:" + "1" * 64, "sha256:" + "2" * 64),
    Change(ChangeKind.ENVIRONMENT, "backend", How.ADDED, f"FEATURE_{MARKUP}{ESCAPES}"),
    Change(ChangeKind.SERVICE, "worker", How.REMOVED, "", "sha256:" + "3" * 64),
)
COURSE = TrafficCourse(
    1_767_323_050.0,
    1.0,
    tuple(Stretch(float(at), 20 - 3 * (at == 21), 3 * (at == 21), 4.0, 9.0 + at % 4) for at in range(1, 74)),
    (20.0, 24.5),
)


def failed_deploy() -> Report:
    """A deploy that failed and brought the old release back: every state, and hostile strings wherever text goes."""
    return Report(
        schema=SCHEMA,
        tool=Tool("flawless", "0.1.0"),
        run_id="20260102-030405-a1b2",
        phase="deploy",
        started="2026-01-02T03:04:05Z",
        seconds=183.2,
        stack=StackRef(f"viworks{ESCAPES}", "sha256:" + "c" * 64, "0123456789abcdef0123456789abcdef01234567"),
        decision=Decision(
            False,
            4,
            f"2 blocking checks failed: service-unhealthy, port-published {MARKUP}",
            ("service-unhealthy", "port-published"),
            ("dependency-vulnerable",),
        ),
        verdicts=VERDICTS,
        checklist=checklist(),
        notes=("allowed although unknown: dependency-vulnerable", f"revision is a content digest {MARKUP}{ESCAPES}"),
        evidence=EVIDENCE,
        release=ReleaseRef("20260102-030405-c3d4", "rolled-back", "20260101-010101-e5f6", "20260101-010101-e5f6"),
        services=(
            ServicePlan("backend", Strategy.STOP_FIRST, f"its image changed {MARKUP}", 2.5),
            ServicePlan("postgres", Strategy.UNTOUCHED, "nothing changed"),
        ),
        steps=STEPS,
        traffic=Traffic(1842, 3, 210.0, 4.2, 38.9, "https://127.0.0.1:8443/health", "502 Bad Gateway", course=COURSE),
        cause=Cause(
            f"the new backend cannot log in to postgres {MARKUP}",
            (f"viworks-backend-1 | FATAL password authentication failed {ESCAPES}",),
            "write the password that postgres was made with into secrets/database_password",
        ),
        changes=CHANGES,
    )


def soak() -> Soak:
    """Ten minutes of one service that held, and of one that gave a single sample."""
    taken = tuple(Sample(2.5 * number, (60 + number % 3) * 1024 * 1024, 0.05) for number in range(1, 241))
    course = tuple(Stretch(60.0 * number, 1200, int(number == 7), 4.0, 9.0) for number in range(1, 11))
    target = "https://127.0.0.1:8443/health"
    services = (
        SoakService("backend", 256 * 1024 * 1024, 1.0, taken),
        SoakService(f"front{MARKUP}", 0, 0.0, taken[:1]),
    )
    latency = Latency(target, 12_000, 1, 4.0, 9.0, 15.0, (), course)
    return Soak(SoakVerdict.GOOD, "no blocking check failed", 600.1, 600.0, services, latency)


def good_deploy() -> Report:
    """A deploy that went well, nothing failed."""
    kept = tuple(verdict for verdict in VERDICTS if verdict.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE))
    items = tuple(
        structs.replace(item, state=ItemState.CHECKED, reason="") if item.state is not ItemState.NOT_RUN else item
        for item in checklist()
    )
    return structs.replace(
        failed_deploy(),
        stack=StackRef("viworks", "sha256:" + "c" * 64, "0123456789abcdef0123456789abcdef01234567"),
        decision=Decision(True, 0, "no blocking check failed", (), ()),
        verdicts=kept,
        checklist=items,
        notes=(),
        evidence={TLS: EVIDENCE[TLS]},
        release=ReleaseRef("20260102-030405-c3d4", "good", "20260101-010101-e5f6", "20260102-030405-c3d4"),
        services=(ServicePlan("backend", Strategy.START_FIRST, "its image changed"),),
        steps=STEPS[:2],
        traffic=Traffic(
            1842,
            0,
            210.0,
            4.2,
            38.9,
            "https://127.0.0.1:8443/health",
            before=Phase(400, 0, 3.1, 8.8),
            during=Phase(1042, 0, 4.9, 41.5),
            after=Phase(400, 0, 3.2, 9.0),
        ),
        soak=soak(),
        cause=None,
        changes=CHANGES[:2],
    )


def file_check() -> Report:
    """A check of files: no release, no steps, no traffic."""
    return structs.replace(
        failed_deploy(),
        phase="check",
        stack=StackRef("viworks", "sha256:" + "c" * 64, ""),
        decision=Decision(False, 1, "1 blocking check failed: port-published", ("port-published",), ()),
        notes=(),
        release=None,
        services=(),
        steps=(),
        traffic=None,
        cause=None,
        changes=None,
    )
