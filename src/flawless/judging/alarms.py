"""Raising and clearing alerts: a moment is not enough, one thing is one alert, and nobody is told too often. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from flawless.model.alerts import Alert, Level, Sign, Turn

BLIND = 120.0
"""Seconds after which something that was seen before and is not any more is an alert by itself."""
GONE = 60.0
"""Seconds for which what an alert is about has to be gone before the alert is cleared."""

_Name = tuple[str, str]


class _Held(Struct):
    """What is known of one sign: since when it is bad or good, its alert, and when somebody was told of it."""

    bad_since: float | None = None
    good_since: float | None = None
    alert: Alert | None = None
    told_at: float | None = None
    told: bool = False
    seen: bool = False


class Alarms:
    """Keeps alerts over time; ``cooldown``: seconds in which nobody is told twice that the same thing is bad.

    ``open_alerts`` are those of an earlier watch that were not cleared; somebody was told of them.
    """

    def __init__(self, cooldown: float, open_alerts: Iterable[Alert] = ()) -> None:
        self._cooldown = cooldown
        self._held = {
            (alert.key, alert.subject): _Held(alert=alert, told=True, told_at=alert.raised, seen=True)
            for alert in open_alerts
        }

    @property
    def raised(self) -> tuple[Alert, ...]:
        """The alerts that last, the oldest first."""
        lasting = (held.alert for held in self._held.values() if held.alert)
        return tuple(sorted(lasting, key=lambda alert: (alert.raised, alert.key, alert.subject)))

    def take(self, signs: Iterable[Sign], at: float) -> Turn:
        """What the signs of one look change, ``at`` in seconds since the epoch."""
        raised: list[Alert] = []
        cleared: list[Alert] = []
        tell: list[Alert] = []
        by_name = {(sign.key, sign.subject): sign for sign in signs}
        for name in (*by_name, *(name for name in list(self._held) if name not in by_name)):
            held = self._held.setdefault(name, _Held())
            sign = by_name.get(name) or _gone(name)
            if alert := _cleared(held, sign, at):
                cleared.append(alert)
                tell += [alert] * held.told
                held.told = False
            elif alert := _raised(held, sign, at):
                raised.append(alert)
            if held.alert and not held.told and not self._cools(held, at):
                held.told, held.told_at = True, at
                tell.append(held.alert)
        return Turn(tuple(raised), tuple(cleared), tuple(tell))

    def _cools(self, held: _Held, at: float) -> bool:
        return held.told_at is not None and at - held.told_at < self._cooldown


def _gone(name: _Name) -> Sign:
    """What is not there any more cannot be bad; that it is missing is another sign's matter."""
    return Sign(key=name[0], subject=name[1], level=Level.GOOD, said="is gone", until=GONE)


def _cleared(held: _Held, sign: Sign, at: float) -> Alert | None:
    if sign.level is not Level.GOOD:
        held.good_since = None
        return None
    held.seen, held.bad_since = True, None
    held.good_since = at if held.good_since is None else held.good_since
    if held.alert is None or at - held.good_since < sign.until:
        return None
    alert, held.alert = structs.replace(held.alert, cleared=at, said=sign.said), None
    return alert


def _raised(held: _Held, sign: Sign, at: float) -> Alert | None:
    if sign.level in (Level.GOOD, Level.BETWEEN) or (sign.level is Level.UNKNOWN and not held.seen):
        held.bad_since = None
        held.seen = held.seen or sign.level is Level.BETWEEN
        return None
    held.seen = True
    held.bad_since = at if held.bad_since is None else held.bad_since
    blind = sign.level is Level.UNKNOWN
    if held.alert or at - held.bad_since < (max(BLIND, sign.after) if blind else sign.after):
        return None
    said = f"cannot be seen any more: {sign.said}" if blind else sign.said
    held.alert = Alert(key=sign.key, subject=sign.subject, said=said, do=sign.do, raised=at)
    return held.alert
