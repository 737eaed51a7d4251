"""A check as data: what it needs, how it judges, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType, structs

from flawless.model.facts import STACK, FactKey, Scope, service_subject
from flawless.model.stack import Origin, Role, Service, Stack
from flawless.model.waiver import Acceptance

T = TypeVar("T")


class Severity(StrEnum):
    """How much a failure weighs: block stops the gate, warn is shown, info is for the interested."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


class Level(StrEnum):
    """How deep a rule looks; in this order, the deepest one at hand decides."""

    FILES = "files"
    IMAGE = "image"
    REHEARSAL = "rehearsal"
    LIVE = "live"
    SOAK = "soak"


DEPTH = {level: depth for depth, level in enumerate(Level)}


class Outcome(StrEnum):
    """What came out, worst first; a verdict has the first of these that any finding has."""

    FAIL = "fail"
    ERROR = "error"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    PASS = "pass"  # noqa: S105  (an outcome, no password)
    NOT_APPLICABLE = "not-applicable"


class Finding(Struct, frozen=True):
    """One subject's answer. ``fingerprint`` of a finding is check id + subject.

    ``absent`` is set where a protection is left out and nothing that is written is wrong; ``accepted`` where a waiver
    covers it. Neither is in the JSON of other findings.
    """

    subject: str
    outcome: Outcome
    message: str
    remedy: str = ""
    location: Origin | None = None
    evidence: tuple[str, ...] = ()
    absent: bool | UnsetType = UNSET
    accepted: Acceptance | UnsetType = UNSET


class View:
    """All that a rule may see: the stack, the subject it is asked about, and the facts it declared, all known."""

    def __init__(self, stack: Stack, service: Service | None, values: dict[tuple[str, str], Any]) -> None:
        self.stack = stack
        self._service = service
        self._values = values

    @property
    def service(self) -> Service:
        """The service asked about; only rules of service scope have one."""
        if self._service is None:
            raise LookupError("a rule of stack scope has no service")
        return self._service

    @property
    def subject(self) -> str:
        """The subject under which findings are filed."""
        return service_subject(self._service.name) if self._service else STACK

    def get(self, key: FactKey[T]) -> T:
        """The known value of a declared key, for this subject (or for the stack, if the key is the stack's)."""
        subject = STACK if key.scope is Scope.STACK else self.subject
        return self._values[key.name, subject]  # type: ignore[no-any-return]

    def find(self, key: FactKey[T]) -> T | None:
        """The known value of a key that only images built here have; None for an image from elsewhere."""
        return self._values.get((key.name, self.subject))

    def each(self, key: FactKey[T]) -> dict[str, T]:
        """The known values of a declared key by service name, for rules of stack scope."""
        return {
            subject.removeprefix("service:"): value
            for (name, subject), value in self._values.items()
            if name == key.name
        }

    def fail(
        self, message: str, *, at: Origin | None = None, remedy: str = "", subject: str = "", absent: bool = False
    ) -> Finding:
        """The fault is there; ``absent`` where it is only that a protection is left out."""
        left_out = True if absent else UNSET
        return Finding(subject or self.subject, Outcome.FAIL, message, remedy, at, absent=left_out)

    def ok(self, message: str, *, at: Origin | None = None, subject: str = "") -> Finding:
        """It was looked at and is right; the message says what was measured."""
        return Finding(subject or self.subject, Outcome.PASS, message, "", at)

    def skip(self, reason: str, *, subject: str = "") -> Finding:
        """The question does not arise here."""
        return Finding(subject or self.subject, Outcome.NOT_APPLICABLE, reason)

    def unclear(self, reason: str, *, at: Origin | None = None, remedy: str = "", subject: str = "") -> Finding:
        """It was looked at and the facts do not decide it."""
        return Finding(subject or self.subject, Outcome.UNKNOWN, reason, remedy, at)


class Rule(Struct, frozen=True):
    """How a check judges at one level: its scope, the facts it needs, and one pure function from view to findings.

    The function answers with at least one finding; silence is an error, never a pass.
    ``roles`` narrows the services a rule of service scope is asked about. ``built`` are facts that it needs besides,
    but only of services whose image is built here (by themselves, or by another service under the same image name):
    nobody can read the Dockerfile of an image from elsewhere. ``slow`` rules call tools that take minutes or the
    network; they are asked only where the operator waits for that: ``flawless check --build``. ``slow_built`` are facts
    as in ``built`` that take long to gather: the rule is asked without them, and with them where the operator waits.
    ``active`` rules need requests that count and leave a trace in what runs; they are asked only where the operator
    allowed that: ``flawless verify --opt-in active``.
    """

    level: Level
    judge: Callable[[View], Iterable[Finding]]
    scope: Scope = Scope.SERVICE
    needs: tuple[FactKey[Any], ...] = ()
    roles: tuple[Role, ...] = ()
    window: float = 0.0
    slow: bool = False
    built: tuple[FactKey[Any], ...] = ()
    slow_built: tuple[FactKey[Any], ...] = ()
    active: bool = False

    def waited_for(self) -> Rule:
        """The rule as it is asked where the operator waits."""
        return structs.replace(self, built=(*self.built, *self.slow_built), slow_built=())


class Check(Struct, frozen=True):
    """One line of the catalogue. ``doc`` is the module's docstring with its Bad and Good examples."""

    id: str
    title: str
    severity: Severity
    items: tuple[str, ...]
    rules: tuple[Rule, ...]
    remedy: str
    doc: str
    reference: str = ""
    since: str = "0.1.0"

    def rule_at(self, levels: Iterable[Level], *, active: bool = True) -> Rule | None:
        """The deepest rule among the levels at hand, or None; ``active`` ones only where they may be asked."""
        at_hand = set(levels)
        fitting = [rule for rule in self.rules if rule.level in at_hand and (active or not rule.active)]
        return max(fitting, key=lambda rule: DEPTH[rule.level], default=None)


class Verdict(Struct, frozen=True):
    """A check's answer over all its subjects."""

    check: str
    title: str
    severity: Severity
    level: Level
    outcome: Outcome
    checklist: tuple[str, ...]
    findings: tuple[Finding, ...]
    reason: str = ""
    reference: str = ""


def worst(findings: Iterable[Finding]) -> Outcome:
    """The first outcome, in the order of Outcome, that any finding has; ERROR for no finding at all."""
    seen = {finding.outcome for finding in findings}
    return next((outcome for outcome in Outcome if outcome in seen), Outcome.ERROR)
