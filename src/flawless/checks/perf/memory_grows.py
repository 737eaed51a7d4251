"""A service's memory grows without end.

A leak looks like nothing for hours and ends in a kill. The window's first quarter is left out as warm-up; growth in
the rest is a leak when it is significant, at least 10 KB/s, and steady. Memory that rises in one jump or ever slower
is not settled: a longer window tells. So does one that was too short or gave too few samples. Databases and caches
fill their buffers by design and are not asked: their own settings bound them.

## Bad (soak)
```json facts.json
{"window": {"service:backend": {"seconds": 196, "asked": 196, "samples": [
  {"at": 0, "memory": 60000000, "cpu": 0.1}, {"at": 7, "memory": 67000000, "cpu": 0.1},
  {"at": 14, "memory": 74000000, "cpu": 0.1}, {"at": 21, "memory": 81000000, "cpu": 0.1},
  {"at": 28, "memory": 88000000, "cpu": 0.1}, {"at": 35, "memory": 95000000, "cpu": 0.1},
  {"at": 42, "memory": 102000000, "cpu": 0.1}, {"at": 49, "memory": 109000000, "cpu": 0.1},
  {"at": 56, "memory": 116000000, "cpu": 0.1}, {"at": 63, "memory": 123000000, "cpu": 0.1},
  {"at": 70, "memory": 130000000, "cpu": 0.1}, {"at": 77, "memory": 137000000, "cpu": 0.1},
  {"at": 84, "memory": 144000000, "cpu": 0.1}, {"at": 91, "memory": 151000000, "cpu": 0.1},
  {"at": 98, "memory": 158000000, "cpu": 0.1}, {"at": 105, "memory": 165000000, "cpu": 0.1},
  {"at": 112, "memory": 172000000, "cpu": 0.1}, {"at": 119, "memory": 179000000, "cpu": 0.1},
  {"at": 126, "memory": 186000000, "cpu": 0.1}, {"at": 133, "memory": 193000000, "cpu": 0.1},
  {"at": 140, "memory": 200000000, "cpu": 0.1}, {"at": 147, "memory": 207000000, "cpu": 0.1},
  {"at": 154, "memory": 214000000, "cpu": 0.1}, {"at": 161, "memory": 221000000, "cpu": 0.1},
  {"at": 168, "memory": 228000000, "cpu": 0.1}, {"at": 175, "memory": 235000000, "cpu": 0.1},
  {"at": 182, "memory": 242000000, "cpu": 0.1}, {"at": 189, "memory": 249000000, "cpu": 0.1},
  {"at": 196, "memory": 256000000, "cpu": 0.1}]}}}
```

## Good (soak)
```json facts.json
{"window": {"service:backend": {"seconds": 300}}}
```

## Clean twin (soak)
The pools fill for the first quarter of the window, and then it is flat.
```json facts.json
{"window": {"service:backend": {"seconds": 196, "asked": 196, "samples": [
  {"at": 0, "memory": 60000000, "cpu": 0.1}, {"at": 7, "memory": 67000000, "cpu": 0.1},
  {"at": 14, "memory": 74000000, "cpu": 0.1}, {"at": 21, "memory": 81000000, "cpu": 0.1},
  {"at": 28, "memory": 88000000, "cpu": 0.1}, {"at": 35, "memory": 95000000, "cpu": 0.1},
  {"at": 42, "memory": 102000000, "cpu": 0.1}, {"at": 49, "memory": 109000000, "cpu": 0.1},
  {"at": 56, "memory": 109100000, "cpu": 0.1}, {"at": 63, "memory": 109000000, "cpu": 0.1},
  {"at": 70, "memory": 109200000, "cpu": 0.1}, {"at": 77, "memory": 109000000, "cpu": 0.1},
  {"at": 84, "memory": 109100000, "cpu": 0.1}, {"at": 91, "memory": 109000000, "cpu": 0.1},
  {"at": 98, "memory": 109200000, "cpu": 0.1}, {"at": 105, "memory": 109000000, "cpu": 0.1},
  {"at": 112, "memory": 109100000, "cpu": 0.1}, {"at": 119, "memory": 109000000, "cpu": 0.1},
  {"at": 126, "memory": 109200000, "cpu": 0.1}, {"at": 133, "memory": 109000000, "cpu": 0.1},
  {"at": 140, "memory": 109100000, "cpu": 0.1}, {"at": 147, "memory": 109000000, "cpu": 0.1},
  {"at": 154, "memory": 109200000, "cpu": 0.1}, {"at": 161, "memory": 109000000, "cpu": 0.1},
  {"at": 168, "memory": 109100000, "cpu": 0.1}, {"at": 175, "memory": 109000000, "cpu": 0.1},
  {"at": 182, "memory": 109200000, "cpu": 0.1}, {"at": 189, "memory": 109000000, "cpu": 0.1},
  {"at": 196, "memory": 109100000, "cpu": 0.1}]}}}
```

## Clean twin (soak)
A database that fills its buffers.
```json facts.json
{"window": {"service:postgres": {"seconds": 300}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.perf._trend import MEMORY, Growth, Trend, trend
from flawless.checks.runtime._shared import lasted, megabytes
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import WINDOW
from flawless.model.observed import Window
from flawless.model.stack import DATA_ROLES, Role

LEAST_SECONDS = 120.0
LEAST_MEASURED = 0.9
_ASKED = tuple(role for role in Role if role not in DATA_ROLES and role is not Role.JOB)


def judge(view: View) -> Iterator[Finding]:
    """The memory of the service does not grow over the window."""
    window = view.get(WINDOW)
    found = trend([(sample.at, float(sample.memory)) for sample in window.samples], MEMORY)
    if window.seconds < LEAST_SECONDS or _measured(window) < LEAST_MEASURED or found.growth is Growth.TOO_FEW:
        why = f"{lasted(window)} with {len(window.samples)} samples are too short to tell a leak"
        yield view.unclear(why, remedy=f"soak for {LEAST_SECONDS:.0f} s or more")
    elif found.growth is Growth.GROWING:
        yield view.fail(f"memory grows by {_speed(found)}{_until_full(view, found)}")
    elif found.growth is Growth.UNSETTLED:
        why = f"memory still rises by {_speed(found)}, but not steadily: a warm-up or a leak"
        yield view.unclear(why, remedy=f"soak for longer than {lasted(window)}")
    else:
        yield view.ok(f"memory is stable over {found.seconds:.0f} s (slope {_speed(found)})")


def _measured(window: Window) -> float:
    """The share of the window from its first sample to its last."""
    return (window.samples[-1].at - window.samples[0].at) / window.seconds if window.samples else 0.0


def _speed(found: Trend) -> str:
    return f"{found.slope / 1000:.1f} KB/s"


def _until_full(view: View, found: Trend) -> str:
    """When the declared limit is reached from nothing, in whole hours or minutes."""
    limit = view.service.limits.memory
    if not limit:
        return ", and it has no limit"
    minutes = limit / found.slope / 60
    span = f"{minutes / 60:.0f} hours" if minutes >= 120 else f"{minutes:.0f} minutes"
    return f": as much as its limit of {megabytes(limit)} in {span}"


CHECK = Check(
    id="memory-grows",
    title="a service's memory grows without end",
    severity=Severity.BLOCK,
    items=("C2.2", "C2.4"),
    rules=(Rule(Level.SOAK, judge, needs=(WINDOW,), roles=_ASKED, window=LEAST_SECONDS),),
    remedy="compare heap profiles an hour apart; a cache that fills on purpose wants a bound of its own",
    doc=__doc__ or "",
)
