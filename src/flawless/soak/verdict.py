"""From the facts of a soak and the gate's decision on its verdicts to what the report says of it. Pure."""

from __future__ import annotations

from flawless.model.facts import STACK, Facts, Known, service_subject
from flawless.model.keys import LATENCY, WINDOW
from flawless.model.observed import Window
from flawless.model.report import Decision, Soak, SoakService, SoakVerdict
from flawless.model.stack import Service, Stack


def verdict_of(decision: Decision) -> SoakVerdict:
    """Good needs a go without a blocking check that could not tell, even one that was allowed not to."""
    if decision.go and not decision.allowed_unknown:
        return SoakVerdict.GOOD
    failed = not decision.go and decision.exit_code == 1
    return SoakVerdict.BAD if failed else SoakVerdict.INCONCLUSIVE


def soak_of(stack: Stack, facts: Facts, decision: Decision) -> Soak:
    """The soak whose windows are among the facts."""
    windows = [(service, window) for service in stack.services if (window := _window(service, facts))]
    latency = facts.get(LATENCY, STACK)
    return Soak(
        verdict=verdict_of(decision),
        reason=decision.reason,
        seconds=watched(facts),
        asked=max((window.asked for _, window in windows), default=0.0),
        services=tuple(_service(service, window) for service, window in windows if window.samples),
        latency=latency.value if isinstance(latency, Known) else None,
    )


def watched(facts: Facts) -> float:
    """How many seconds every service was watched; 0 when nobody looked or one could not be seen."""
    readings = facts.of(WINDOW).values()
    return min((reading.value.seconds if isinstance(reading, Known) else 0.0 for reading in readings), default=0.0)


def _window(service: Service, facts: Facts) -> Window | None:
    reading = facts.get(WINDOW, service_subject(service.name))
    return reading.value if isinstance(reading, Known) else None


def _service(service: Service, window: Window) -> SoakService:
    return SoakService(service.name, service.limits.memory or 0, service.limits.cpus or 0.0, window.samples)
