"""What of a backup's roles is made, and what makes two counts differ."""

from __future__ import annotations

import pytest

from flawless.app.saving.put import differences, missing_roles

ROLES = """\
--
-- Roles
--
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER LOGIN;
CREATE ROLE shop;
ALTER ROLE shop WITH NOSUPERUSER LOGIN;
CREATE ROLE "odd one";
"""


@pytest.mark.parametrize(
    ("there", "lines"),
    [
        ({"postgres", "shop", '"odd one"'}, []),
        ({"postgres", '"odd one"'}, ["CREATE ROLE shop;", "ALTER ROLE shop WITH NOSUPERUSER LOGIN;"]),
        ({"postgres", "shop"}, ['CREATE ROLE "odd one";']),
    ],
    ids=["all-there", "one-missing", "a-quoted-one"],
)
def test_only_roles_that_are_missing_are_made(there: set[str], lines: list[str]) -> None:
    assert missing_roles(ROLES, frozenset(there)).splitlines() == lines


@pytest.mark.parametrize(
    ("wanted", "found", "said"),
    [
        ({"a": 1, "b": 0}, {"a": 1}, ()),
        ({"a": 1}, {"a": 2}, ("a: 1 in the backup, 2 restored",)),
        ({"a": 1}, {}, ("a: 1 in the backup, 0 restored",)),
        ({}, {"c": 3}, ("c: 0 in the backup, 3 restored",)),
    ],
    ids=["equal", "more", "lost", "new"],
)
def test_counts_that_differ_are_named(wanted: dict[str, int], found: dict[str, int], said: tuple[str, ...]) -> None:
    assert differences(wanted, found) == said
