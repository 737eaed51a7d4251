"""Rules that leave a trace are asked only where the operator allowed it."""

from __future__ import annotations

import pytest

from flawless.judging.catalogue import catalogue
from flawless.judging.select import select
from flawless.model.check import Level
from flawless.model.settings import Settings


@pytest.mark.parametrize(
    ("levels", "active", "level"),
    [
        ([Level.LIVE], False, None),
        ([Level.LIVE], True, Level.LIVE),
        ([Level.FILES, Level.LIVE], False, Level.FILES),
        ([Level.FILES, Level.LIVE], True, Level.LIVE),
    ],
)
def test_an_active_rule_waits_for_the_operators_word(levels: list[Level], active: bool, level: Level | None) -> None:
    check = catalogue()["rate-limit-missing"]
    chosen = select([check], levels, Settings(), active=active)
    assert [rule.level for _, rule in chosen] == ([level] if level else [])
