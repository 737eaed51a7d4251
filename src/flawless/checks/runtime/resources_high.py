"""A service is near the limit of its resources.

At the limit of memory the kernel kills, at the limit of CPU everything gets slow, at the limit of processes nothing
new starts. Over 90 % there is no room for the next busy hour. Over the soak window the highest memory and the mean
CPU count, how often the kernel made it wait for its CPU limit (over a quarter of the periods is too often), and
whether its CPU grows under the same load.

## Bad (live)
```json facts.json
{"usage": {"service:backend": [{"memory": 260000000, "memory_limit": 268435456}]}}
```

## Good (live)
```json facts.json
{"usage": {"service:backend": [{"memory": 60000000, "memory_limit": 268435456}]}}
```

## Clean twin (live)
```json facts.json
{"usage": {"service:migrate": []}}
```

## Bad (soak)
```json facts.json
{"window": {"service:backend": {"samples": [
  {"at": 0, "memory": 100000000, "cpu": 0.1}, {"at": 2, "memory": 260000000, "cpu": 0.1}]}}}
```

## Bad (soak)
```json facts.json
{"window": {"service:backend": {"periods": 3000, "throttled": 1200}}}
```

## Good (soak)
```json facts.json
{"window": {"service:backend": {"samples": [{"at": 0, "memory": 100000000, "cpu": 0.1}]}}}
```

## Clean twin (soak)
A busy moment now and then is held back.
```json facts.json
{"window": {"service:backend": {"periods": 3000, "throttled": 90}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean

from flawless.checks.perf._trend import CPU, Growth, trend
from flawless.checks.runtime._shared import LASTING, lasted, megabytes
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import USAGE, WINDOW
from flawless.model.observed import Usage, Window
from flawless.model.stack import Role

MOST = 0.9
MOST_THROTTLED = 0.25


def judge_live(view: View) -> Iterator[Finding]:
    """Each container is under 90 % of each of its limits now."""
    readings = view.get(USAGE)
    if not readings and view.service.role is Role.JOB:
        yield view.skip("the job is not running")
    elif not readings:
        yield view.unclear("no container gave a reading")
    for usage in readings:
        yield _answer(view, usage.container, "now", _shares(usage))


def _shares(usage: Usage) -> dict[str, tuple[float, float]]:
    return {
        "memory": (usage.memory, usage.memory_limit),
        "CPU": (usage.cpu, usage.cpu_limit),
        "processes": (usage.pids, usage.pids_limit),
    }


def judge_window(view: View) -> Iterator[Finding]:
    """The highest memory and the mean CPU are under 90 % of the limits; CPU is not held back and does not grow."""
    window, limits = view.get(WINDOW), view.service.limits
    if not window.samples:
        yield view.unclear(f"nothing was measured over {lasted(window)}")
        return
    memory = max(window.peak, *(sample.memory for sample in window.samples))
    cpu = fmean(sample.cpu for sample in window.samples)
    shares = {"memory": (float(memory), float(limits.memory or 0)), "CPU": (cpu, limits.cpus or 0.0)}
    yield _answer(view, "it", f"over {lasted(window)}", shares)
    if window.throttled > MOST_THROTTLED * window.periods:
        share = f"{window.throttled / window.periods:.0%} of the periods"
        yield view.fail(f"held back by its CPU limit in {share} over {lasted(window)}", at=view.service.at("cpus"))
    yield from _rising(view, window)


def _rising(view: View, window: Window) -> Iterator[Finding]:
    found = trend([(sample.at, sample.cpu) for sample in window.samples], CPU)
    if found.growth is Growth.GROWING:
        yield view.fail(f"CPU grows by {found.slope * 60:.2f} cores a minute, {window.samples[-1].cpu:.2f} at the end")


def _answer(view: View, who: str, when: str, shares: dict[str, tuple[float, float]]) -> Finding:
    limited = {name: pair for name, pair in shares.items() if pair[1] > 0}
    if not limited:
        return view.skip("it has no limits, so no share of them can be told")
    said = ", ".join(_share(name, *pair) for name, pair in limited.items())
    if any(used > MOST * limit for used, limit in limited.values()):
        return view.fail(f"{who} uses {said} {when}", at=view.service.at("mem_limit"))
    return view.ok(f"{who} uses {said} {when}")


def _share(name: str, used: float, limit: float) -> str:
    amount = f" of {megabytes(limit)}" if name == "memory" else ""
    return f"{used / limit:.0%} of its {name}{amount}"


CHECK = Check(
    id="resources-high",
    title="a service is near the limit of its resources",
    severity=Severity.WARN,
    items=("V1.4", "C2.3", "I3", "F4"),
    rules=(
        Rule(Level.LIVE, judge_live, needs=(USAGE,)),
        Rule(Level.SOAK, judge_window, needs=(WINDOW,), roles=LASTING),
    ),
    remedy="raise the limit, or find out what uses that much: `flawless top`",
    doc=__doc__ or "",
)
