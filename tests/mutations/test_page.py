"""The page of defects says what the data say; every number is there, and every defect has its twin."""

from __future__ import annotations

from flawless.judging.catalogue import catalogue
from tests.checks.test_every_check import TABLE
from tests.mutations._elsewhere import ELSEWHERE
from tests.mutations._page import DEFECTS, ENGINE_TWINS, ON_ENGINE, PAGE, TWINS, numbers, page, twins_of
from tests.report.golden import same_as_golden

NUMBERS = {str(number) for number in range(1, 41)} | {f"F{number:02}" for number in range(1, 41)}


def test_the_page_is_current() -> None:
    assert same_as_golden(str(PAGE), page())


def test_every_number_is_decided_somewhere() -> None:
    told = frozenset[str]().union(*map(numbers, DEFECTS), *map(numbers, ON_ENGINE), *map(numbers, ELSEWHERE))
    assert NUMBERS - told == set()
    assert told - NUMBERS == set()


def test_every_defect_has_a_clean_twin_and_every_twin_a_defect() -> None:
    assert [defect.name for defect in DEFECTS if not twins_of(defect)] == []
    assert [twin.name for twin in TWINS if not any(numbers(twin) & numbers(each) for each in DEFECTS)] == []


def test_the_checks_that_are_meant_are_known() -> None:
    assert frozenset[str]().union(*(defect.meant for defect in DEFECTS)) <= set(catalogue())
    assert frozenset[str]().union(*(each.meant | each.also for each in ON_ENGINE)) <= set(catalogue())
    assert [twin.name for twin in ENGINE_TWINS if not any(numbers(twin) == numbers(each) for each in ON_ENGINE)] == []
    assert {check for each in ELSEWHERE for check in each.checks} <= set(TABLE)
    assert [each.name for each in ELSEWHERE if not each.checks and not each.instead] == []
