"""The table of attacks in README.md and the tests are in step."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEADING = "## Attacks, each a test"


def named_in_the_table() -> list[str]:
    """Names of tests in the rows of the table."""
    section = (HERE.parent / "README.md").read_text().partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return re.findall(r"`(test_\w+)`", "\n".join(rows))


def names_of_tests(folder: Path, pattern: str) -> set[str]:
    """Names of the tests in the files of a folder."""
    trees = [ast.parse(file.read_text()) for file in sorted(folder.glob(pattern))]
    functions = (node for tree in trees for node in ast.walk(tree))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in functions if isinstance(node, kinds) and node.name.startswith("test_")}


def test_every_attack_that_is_tried_is_in_the_table() -> None:
    tried = names_of_tests(HERE, "test_attacks_*.py") - names_of_tests(HERE, Path(__file__).name)
    assert len(tried) >= 40
    assert tried - set(named_in_the_table()) == set()


def test_every_test_that_the_table_names_exists_and_is_named_once() -> None:
    named = named_in_the_table()
    assert len(named) == len(set(named))
    assert (
        set(named)
        - names_of_tests(HERE, "test_*.py")
        - names_of_tests(HERE.parent / "backend" / "tests", "**/test_*.py")
        == set()
    )
