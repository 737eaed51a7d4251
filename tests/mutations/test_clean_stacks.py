"""A clean Rust stack and a clean Node stack: the real check, and nothing to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutations._clean import Site

# What no tool of this machine may be able to audit, by the names of the checks that say so.
UNAUDITED = frozenset(
    {"dockerfile-lint", "shell-script-fragile", "migration-unsafe", "compiler-warnings", "dependency-outdated"}
    | {"secret-committed"}
)


@pytest.mark.parametrize("name", ["rust", "node"])
def test_a_clean_stack_has_no_finding_of_any_weight(name: str, tmp_path: Path) -> None:
    options = [word for check in sorted(UNAUDITED) for word in ("--allow-unknown", check)]
    answer = Site(name, tmp_path).check(*options)
    assert answer.told == ()
    assert answer.unknown <= UNAUDITED
    assert answer.exit_code == 0
