"""What a machine lacks for a deploy, told from what was seen of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from flawless.judging.doctor import exit_code, needs
from flawless.model.doctor import Health, Machine
from flawless.report.doctor_page import doctor_page

GB = 1_000_000_000
WELL = Machine(
    address="the default Docker socket",
    engine="28.5.1",
    compose="2.40.0",
    builder="github.com/docker/buildx v0.29.0",
    git="git version 2.39.5",
    cpus=2,
    memory=4 * GB,
    disk_free=50 * GB,
    disk_total=100 * GB,
    apart=0.1,
    synchronised=True,
    tools={"hadolint": "2.12.0", "squawk": "2.1.0"},
)


def told(**changes: Any) -> dict[str, Health]:
    """How each need stands that is not met."""
    found = needs(structs.replace(WELL, **changes))
    return {need.name: need.health for need in found if need.health is not Health.OK}


def test_a_machine_that_has_everything_is_well() -> None:
    assert told() == {}
    assert exit_code(needs(WELL)) == 0


@pytest.mark.parametrize(
    ("changes", "name", "health", "code"),
    [
        ({"trouble": "cannot reach it"}, "engine", Health.BAD, 1),
        ({"engine": "20.10.24+dfsg1"}, "engine", Health.WARN, 0),
        ({"engine": "dev"}, "engine", Health.UNKNOWN, 3),
        ({"compose": ""}, "compose", Health.BAD, 1),
        ({"compose": "2.19.1"}, "compose", Health.BAD, 1),
        ({"compose": "?"}, "compose", Health.UNKNOWN, 3),
        ({"builder": ""}, "builder", Health.WARN, 0),
        ({"git": ""}, "git", Health.BAD, 1),
        ({"unwritable": "/srv is not writable"}, "folder", Health.BAD, 1),
        ({"disk_free": 1 * GB}, "disk", Health.BAD, 1),
        ({"disk_free": None}, "disk", Health.UNKNOWN, 3),
        ({"memory": 0}, "memory", Health.UNKNOWN, 0),
        ({"memory": GB // 2}, "memory", Health.WARN, 0),
        ({"apart": -3.0}, "clock", Health.BAD, 1),
        ({"synchronised": False}, "clock", Health.WARN, 0),
        ({"synchronised": None}, "clock", Health.UNKNOWN, 0),
        ({"tools": {"hadolint": "", "squawk": "2.1.0"}}, "tools", Health.WARN, 0),
    ],
)
def test_what_is_missing_is_told_and_nothing_else(
    changes: dict[str, Any], name: str, health: Health, code: int
) -> None:
    found = needs(structs.replace(WELL, **changes))
    assert told(**changes) == {name: health}
    assert exit_code(found) == code
    assert [need.name for need in found if need.health in {Health.BAD, Health.WARN} and not need.fix] == []


def test_something_bad_weighs_more_than_something_unknown() -> None:
    assert exit_code(needs(structs.replace(WELL, git="", disk_free=None))) == 1


def test_the_page_keeps_the_width_and_shows_no_escape() -> None:
    page = doctor_page(needs(structs.replace(WELL, trouble="no \x1b[31m answer " * 20)), 1, 60)
    assert all(len(line) <= 60 for line in page.splitlines())
    assert "\x1b" not in page
    assert page.endswith("a deploy cannot start here\n")
