"""Alerts are raised and cleared only after a while, and nobody is told too often."""

from __future__ import annotations

from msgspec import structs

from flawless.judging.alarms import BLIND, GONE, Alarms
from flawless.model.alerts import Alert, Level, Sign, Turn

BAD = Sign(key="memory", subject="web-1", level=Level.BAD, said="60 of 64 MB", do="flawless top", after=30, until=60)
GOOD = structs.replace(BAD, level=Level.GOOD, said="10 of 64 MB")
BETWEEN = structs.replace(BAD, level=Level.BETWEEN)
UNKNOWN = structs.replace(BAD, level=Level.UNKNOWN, said="no answer")
COOLDOWN = 300.0


def turns(*looks: tuple[float, Sign | None], alarms: Alarms | None = None) -> list[Turn]:
    alarms = alarms or Alarms(COOLDOWN)
    return [alarms.take([sign] if sign else [], at) for at, sign in looks]


def happened(*looks: tuple[float, Sign | None]) -> list[str]:
    """What each look changed: ``+`` raised, ``-`` cleared, ``!`` somebody is told."""
    return ["+" * len(turn.raised) + "-" * len(turn.cleared) + "!" * len(turn.tell) for turn in turns(*looks)]


def test_a_sign_has_to_be_bad_for_its_time() -> None:
    assert happened((0, BAD), (29, BAD), (30, BAD), (40, BAD)) == ["", "", "+!", ""]


def test_a_moment_that_is_not_bad_begins_the_time_anew() -> None:
    assert happened((0, BAD), (20, GOOD), (30, BAD), (59, BAD), (60, BAD)) == ["", "", "", "", "+!"]
    assert happened((0, BAD), (20, BETWEEN), (30, BAD), (59, BAD), (60, BAD)) == ["", "", "", "", "+!"]


def test_an_alert_lasts_until_it_was_good_for_its_time() -> None:
    looks = ((0, BAD), (30, BAD), (40, GOOD), (99, GOOD), (100, GOOD))
    assert happened(*looks) == ["", "+!", "", "", "-!"]
    cleared = turns(*looks)[-1].cleared[0]
    assert (cleared.raised, cleared.cleared, cleared.said) == (30, 100, "10 of 64 MB")


def test_what_is_between_clears_nothing() -> None:
    assert happened((0, BAD), (30, BAD), (40, GOOD), (50, BETWEEN), (105, GOOD), (165, GOOD))[-2:] == ["", "-!"]


def test_what_comes_again_within_the_cooldown_is_kept_and_told_later() -> None:
    quick = structs.replace(BAD, after=0, until=0)
    calm = structs.replace(GOOD, until=0)
    looks = ((0, quick), (10, calm), (20, quick), (30, calm), (40, quick), (299, quick), (300, quick), (310, calm))
    assert happened(*looks) == ["+!", "-!", "+", "-", "+", "", "!", "-!"]


def test_the_unknown_clears_nothing_and_raises_nothing_at_once() -> None:
    assert happened((0, BAD), (30, BAD), (40, UNKNOWN), (4000, UNKNOWN))[2:] == ["", ""]


def test_what_was_seen_and_is_not_any_more_is_an_alert() -> None:
    looks = ((0, GOOD), (1, UNKNOWN), (BLIND, UNKNOWN), (BLIND + 1, UNKNOWN))
    assert happened(*looks) == ["", "", "", "+!"]
    assert turns(*looks)[-1].raised[0].said == "cannot be seen any more: no answer"


def test_what_was_never_seen_is_none() -> None:
    assert happened((0, UNKNOWN), (BLIND + 1, UNKNOWN), (10_000, UNKNOWN)) == ["", "", ""]


def test_what_is_gone_for_a_while_is_over() -> None:
    assert happened((0, BAD), (30, BAD), (31, None), (30 + GONE, None), (31 + GONE, None)) == ["", "+!", "", "", "-!"]


def test_two_subjects_are_two_alerts_and_told_together() -> None:
    other = structs.replace(BAD, subject="web-2", after=0)
    turn = Alarms(COOLDOWN).take([structs.replace(BAD, after=0), other], 0)
    assert [alert.subject for alert in turn.tell] == ["web-1", "web-2"]


def test_an_alert_of_an_earlier_watch_is_not_told_again_and_can_be_cleared() -> None:
    earlier = Alert(key="memory", subject="web-1", said="60 of 64 MB", do="", raised=5)
    alarms = Alarms(COOLDOWN, [earlier])
    assert alarms.raised == (earlier,)
    assert turns((1000, BAD), (1030, BAD), alarms=alarms) == [Turn(), Turn()]
    cleared = turns((1040, GOOD), (1100, GOOD), alarms=alarms)[-1]
    assert cleared.cleared == cleared.tell == (structs.replace(earlier, cleared=1100, said="10 of 64 MB"),)
    assert not alarms.raised
