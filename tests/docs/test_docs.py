"""The documents say what is so: commands, exit codes, check ids, settings, links, and the worked example."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest

from flawless.cli._group import COMMANDS, EPILOG
from flawless.config import load
from flawless.judging.catalogue import catalogue
from flawless.model.check import Check, Outcome
from flawless.testing.examples import examples_of
from flawless.testing.run_example import answer

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCED = re.compile(r"^(`{3,})[^\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
IDS = re.compile(
    r"\[checks\.([\w-]+)\]|^check = \"([\w-]+)\"|\"check\": \"([\w-]+)\"|--allow-unknown ([a-z-]+)", re.MULTILINE
)
# Words with a hyphen that stand in backticks and are no checks.
NO_CHECKS = {"import-linter", "lint-imports", "not-applicable", "not-run", "rolled-back", "start-first", "stop-first"}
NO_CHECKS |= {"waiver-unused", "waiver-expired", "waiver-invalid", "no-new-privileges", "backend-2"}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading of the README, without its head."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def test_the_table_of_commands_has_every_command_in_their_order() -> None:
    named = [re.match(r"`flawless (\w+)", command) for command, _ in table("Commands")]
    assert [found and found[1] for found in named] == list(COMMANDS)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_command_that_is_shown_exists(page: str) -> None:
    shown = re.findall(r"^(?:\S*/)?flawless (\w+)", (ROOT / page).read_text(), re.MULTILINE)
    assert shown
    assert set(shown) <= set(COMMANDS)


def test_the_exit_codes_are_those_of_the_help() -> None:
    told = dict(re.findall(r"(\d+) ([^,.]+)", EPILOG))
    shown = dict(table("Exit codes"))
    assert shown.keys() == told.keys()
    assert {code for code in told if not shown[code].startswith(told[code])} == set()


def test_the_example_of_settings_can_be_read() -> None:
    (block,) = re.findall(r"^```toml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    settings = load(block, known=tuple(catalogue()))
    assert settings.waivers and settings.checks and settings.roles


@every_page
def test_links_lead_to_something_here(page: Path) -> None:
    prose = FENCED.sub("", page.read_text())
    links = re.findall(r"\]\(([^)\s]+)\)", prose)
    local = [link.partition("#")[0] for link in links if not link.startswith(("https://", "http://", "#"))]
    assert [link for link in local if not (page.parent / link).exists()] == []


@every_page
def test_the_checks_that_are_named_exist(page: Path) -> None:
    text = page.read_text()
    words = set(re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", FENCED.sub("", text)))
    named = {name for groups in IDS.findall(text) for name in groups if name}
    assert (words - NO_CHECKS | named) - set(catalogue()) == set()


def test_every_decision_is_in_the_index_and_dated() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text()
    records = sorted(folder.glob("0*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        title, _, date, *_ = record.read_text().splitlines()
        name = re.sub(r"^# \d+\. ", "", title)
        assert f"| [{record.name[:4]}]({record.name}) | {name} |" in index
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", date)


def blocks(language: str) -> list[str]:
    """The blocks of CONTRIBUTING between four backticks: they may hold three."""
    return re.findall(rf"^````{language}\n(.*?)^````$", CONTRIBUTING, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shown_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """The check that CONTRIBUTING shows, importable where its own test looks for it."""
    name = "flawless.checks.runtime.container_name_fixed"
    file = tmp_path / "container_name_fixed.py"
    file.write_text(blocks("python")[0])
    module = ModuleType(name)
    vars(module).update(runpy.run_path(str(file), run_name=name))
    monkeypatch.setitem(sys.modules, name, module)
    check = vars(module)["CHECK"]
    assert isinstance(check, Check)
    return check


def test_the_check_that_is_shown_answers_its_own_examples(shown_check: Check, tmp_path: Path) -> None:
    wanted = {"Bad": Outcome.FAIL, "Good": Outcome.PASS, "Clean twin": Outcome.NOT_APPLICABLE}
    examples = examples_of(shown_check)
    assert [example.kind for example in examples] == list(wanted)
    for example in examples:
        assert answer(shown_check, example, tmp_path / example.kind).outcome is wanted[example.kind]


def test_the_test_that_is_shown_passes(shown_check: Check, tmp_path: Path) -> None:
    file = tmp_path / f"test_{shown_check.id.replace('-', '_')}.py"
    file.write_text(blocks("python")[1])
    (function,) = (value for name, value in runpy.run_path(str(file)).items() if name.startswith("test_"))
    _, cases = function.pytestmark[0].args
    assert len(cases) == 3
    for case in cases:
        function(*case)
