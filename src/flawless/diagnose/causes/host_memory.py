"""The machine is out of memory."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, Sight

_STALLED, _LEFT = 0.1, 0.02
_MIB = 1024**2


def _find(sight: Sight) -> str:
    """Nothing runs for a tenth of the time (Linux, accounting/psi), or hardly anything is left to have."""
    host = sight.host
    if host is None:
        return ""
    said = []
    if host.stalled is not None and host.stalled >= _STALLED:
        said.append(f"nothing ran for want of memory in {host.stalled:.0%} of the last 10 seconds")
    if host.memory_free is not None and host.memory_free < _LEFT * host.memory:
        said.append(f"{host.memory_free // _MIB} of {host.memory // _MIB} MiB of the machine's memory are left")
    return ", ".join(said)


CAUSE = Cause(
    id="host-memory",
    title="the machine is out of memory",
    depth=Depth.MACHINE,
    find=_find,
    fix="see what uses it: `ps aux --sort=-rss | head`; give the services memory limits, or take a larger machine",
)
