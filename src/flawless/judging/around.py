"""What is around a stack, its disk and its certificate, from facts. Pure."""

from __future__ import annotations

from flawless.model.alerts import Around
from flawless.model.facts import STACK, Facts, Known, Unknown
from flawless.model.keys import HOST, TLS

_DAY = 86_400.0
_ELSEWHERE = "the engine's folder is not on this machine"


def around_of(facts: Facts) -> Around:
    """Bytes of the disk and days of the certificate; of what was not asked nothing is told, and no reason."""
    machine, edge = facts.get(HOST, STACK), facts.get(TLS, STACK)
    disk = machine.value if isinstance(machine, Known) else None
    unseen = {"disk": _ELSEWHERE if disk and disk.disk_free is None else _why(machine), "certificate": _why(edge)}
    return Around(
        disk_free=disk.disk_free if disk else None,
        disk_total=disk.disk_total if disk else None,
        certificate_days=(edge.value.not_after - edge.value.now) / _DAY if isinstance(edge, Known) else None,
        unseen={name: why for name, why in unseen.items() if why},
    )


def _why(reading: object) -> str:
    return reading.reason if isinstance(reading, Unknown) else ""
