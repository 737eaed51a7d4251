"""Which rules run, and which facts they need."""

from __future__ import annotations

from pathlib import Path

import pytest

import flawless.judging.catalogue as module
from flawless.judging.catalogue import catalogue, topic
from flawless.judging.select import needed, select
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import CONTAINERS, DOCKERFILE, IMAGE
from flawless.model.settings import CheckSetting, Settings


def judge(view: View) -> list[Finding]:
    return [view.ok("fine")]


def check(name: str, *rules: Rule) -> Check:
    return Check(name, name, Severity.BLOCK, (), rules, "", "")


FILES = Rule(Level.FILES, judge, built=(DOCKERFILE,))
IMAGES = Rule(Level.IMAGE, judge, needs=(IMAGE,))
LIVE = Rule(Level.LIVE, judge, needs=(CONTAINERS, IMAGE))
SOAK = Rule(Level.SOAK, judge, window=60.0)
DEEP = check("deep", FILES, LIVE, IMAGES)
SHALLOW = check("shallow", FILES)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([Level.FILES], [FILES, FILES]),
        ([Level.FILES, Level.IMAGE], [IMAGES, FILES]),
        ([Level.LIVE, Level.FILES], [LIVE, FILES]),
        ([Level.LIVE], [LIVE]),
        ([Level.REHEARSAL], []),
        ([], []),
    ],
)
def test_the_deepest_rule_at_hand_is_chosen(levels: list[Level], expected: list[Rule]) -> None:
    assert [rule for _, rule in select([DEEP, SHALLOW], levels, Settings())] == expected


def test_only_narrows_to_the_named_checks() -> None:
    chosen = select([DEEP, SHALLOW], [Level.FILES], Settings(), only=["shallow"])
    assert [each.id for each, _ in chosen] == ["shallow"]


@pytest.mark.parametrize(("enabled", "ids"), [(True, ["deep", "shallow"]), (False, ["deep"])])
def test_a_check_that_is_switched_off_is_not_asked(enabled: bool, ids: list[str]) -> None:
    settings = Settings(checks={"shallow": CheckSetting(enabled=enabled)})
    assert [each.id for each, _ in select([DEEP, SHALLOW], [Level.FILES], settings)] == ids


@pytest.mark.parametrize("slow", [False, True])
def test_a_slow_rule_is_asked_on_request(slow: bool) -> None:
    checks = [check("slow", Rule(Level.FILES, judge, slow=True)), SHALLOW]
    ids = [each.id for each, _ in select(checks, [Level.FILES], Settings(), slow=slow)]
    assert ids == (["slow", "shallow"] if slow else ["shallow"])


@pytest.mark.parametrize(("window", "count"), [(0.0, 0), (59.9, 0), (60.0, 1)])
def test_a_rule_that_needs_a_longer_window_is_not_asked(window: float, count: int) -> None:
    assert len(select([check("soaked", SOAK)], [Level.SOAK], Settings(), window=window)) == count


def test_the_facts_that_are_needed_are_named_once_in_order() -> None:
    chosen = ((DEEP, LIVE), (DEEP, IMAGES), (SHALLOW, FILES))
    assert needed(chosen) == (CONTAINERS, IMAGE, DOCKERFILE)


def test_the_catalogue_finds_every_check_once_and_knows_its_folder() -> None:
    checks = catalogue()
    assert topic(checks["runs-as-root"]) == "images"
    assert topic(checks["lockfile-missing"]) == "code"
    assert all(each.id == name for name, each in checks.items())


MODULE = """
from flawless.model.check import Check, Severity

CHECK = Check("sample-check", "t", Severity.BLOCK, (), (), "", "")
"""


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("one/other_name.py",), "the id is sample-check, the file says other-name"),
        (("one/sample_check.py", "two/sample_check.py"), "sample-check stands twice"),
    ],
)
def test_a_misnamed_or_doubled_id_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: tuple[str, ...], message: str
) -> None:
    package = f"checks_of_{len(files)}"
    for file in files:
        folder = (tmp_path / package / file).parent
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        (tmp_path / package / "__init__.py").touch()
        (tmp_path / package / file).write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "PACKAGE", package)
    with pytest.raises(ValueError, match=message):
        catalogue.__wrapped__()
