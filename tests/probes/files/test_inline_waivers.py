"""Waivers in comments, as they are found in the files of a stack."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flawless.model.facts import STACK, Known
from flawless.model.keys import INLINE_WAIVERS
from flawless.model.stack import Origin
from flawless.model.waiver import InlineWaiver
from flawless.probes.files._comments import waivers_in
from flawless.testing.from_files import observe_files

COMPOSE = """\
services:
  # flawless: allow runs-as-root (ops) until 2030-01-31 -- the image wants it
  # and nothing else
  app:
    build: .
    env_file: app.env
    volumes: ["./conf:/etc/nginx/conf.d:ro"]
    ports: ["80:80"]  # flawless: allow port-published -- it is the way in
"""
FILES = {
    "compose.yaml": COMPOSE,
    "Dockerfile": "FROM scratch\n# flawless: allow runs-as-root -- see above\nCOPY . /\n",
    "app.env": "# flawless: allow log-level-unfit -- for now\nLOG_LEVEL=debug\n",
    "conf/a.conf": "# flawless: allow rate-limit-missing -- inside only\nserver { listen 80; }\n",
    "sql/1.sql": "-- flawless: allow migration-unsafe -- the table is empty\nDROP TABLE t;\n",
    "run.sh": "set -e\n# flawless: allow shell-script-fragile -- known\nx\n",
    "notes.txt": "# flawless: allow runs-as-root -- no file of the stack\n",
    "node_modules/a.sql": "-- flawless: allow runs-as-root -- somebody else's\n",
}


def found(root: Path, files: dict[str, str]) -> dict[str, InlineWaiver]:
    _, facts = observe_files(root, files, [INLINE_WAIVERS])
    reading = facts.get(INLINE_WAIVERS, STACK)
    assert isinstance(reading, Known)
    return {str(waiver.origin): waiver for waiver in reading.value}


def test_they_are_found_in_every_file_that_a_finding_can_point_to_and_in_no_other(tmp_path: Path) -> None:
    waivers = found(tmp_path, FILES)
    assert sorted(waivers) == [
        "Dockerfile:2", "app.env:1", "compose.yaml:2", "compose.yaml:8", "conf/a.conf:1", "run.sh:2", "sql/1.sql:1",
    ]  # fmt: skip
    assert waivers["compose.yaml:2"] == InlineWaiver(
        "runs-as-root", "the image wants it", "ops", "2030-01-31", Origin("compose.yaml", 2), 4, ("service:app",)
    )
    assert waivers["compose.yaml:8"].line == 8
    assert waivers["compose.yaml:8"].subjects == waivers["Dockerfile:2"].subjects == ("service:app",)


def test_without_any_there_are_none(tmp_path: Path) -> None:
    assert found(tmp_path, {"compose.yaml": "services: {app: {image: x}}\n"}) == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x: 1 # flawless: allow a-b -- r", 1),
        ("# flawless: allow a-b -- r\nx", 2),
        ("# flawless: allow a-b -- r\n  # more\nx", 3),
        ("# flawless: allow a-b -- r\r\nx\r\n", 2),
        ("# flawless: allow a-b -- r\n\nx", 0),
        ("# flawless: allow a-b -- r", 0),
    ],
)
def test_a_comment_speaks_of_its_own_line_or_of_the_first_below_that_is_none(text: str, line: int) -> None:
    (waiver,) = waivers_in(text, "f")
    assert (waiver.check, waiver.reason, waiver.line, waiver.problem) == ("a-b", "r", line, "")


@pytest.mark.parametrize(
    "said", ["", " a-b", " a-b --", " a-b because", " A_B -- r", " a-b until -- r", " a-b until 2026-13-01 -- r"]
)
def test_what_cannot_be_understood_says_so(said: str) -> None:
    (waiver,) = waivers_in(f"# flawless: allow{said}", "f")
    assert waiver.problem


@pytest.mark.parametrize("text", ["flawless: allow a-b -- r", "x#flawless: allow a-b -- r", "# flawless: allowed a-b"])
def test_what_is_no_comment_of_that_kind_is_nothing(text: str) -> None:
    assert list(waivers_in(text, "f")) == []


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("#-/ \n\r()0123456789abz:") | st.characters(), max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for waiver in waivers_in(f"# flawless: allow {text}\n# flawless: allow{text}", "f"):
        assert waiver.problem or (waiver.check and waiver.reason)
