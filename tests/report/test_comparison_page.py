"""A comparison as text, Markdown and JSON."""

from __future__ import annotations

import json
import re

import pytest
from msgspec import structs

from flawless.judging.compare import compare
from flawless.report.comparison_page import comparison_json, comparison_markdown, comparison_page

from .formats import hostile
from .sample import MARKUP, failed_deploy, good_deploy

FOUND = compare(failed_deploy(), good_deploy(), ({"backend": "sha256:" + "1" * 64}, {"backend": "sha256:" + "2" * 64}))


def test_the_page_tells_both_runs_and_what_differs() -> None:
    text = comparison_page(FOUND)
    for said in (
        "no go (4)",
        "Asked by one run only",
        "migrate: 800 ms, now 800 ms",
        "failed: 3 of 1842, now 0 of 1842",
        "backend: image changed, 111111111111 to 222222222222",
    ):
        assert said in text, text


def test_two_equal_runs_are_said_to_be_equal() -> None:
    assert "No verdict and no failure differs" in comparison_page(compare(good_deploy(), good_deploy()))
    assert "No verdict and no failure differs" not in comparison_page(
        compare(
            good_deploy(),
            structs.replace(
                good_deploy(),
                verdicts=(
                    structs.replace(good_deploy().verdicts[0], outcome=failed_deploy().verdicts[0].outcome),
                    *good_deploy().verdicts[1:],
                ),
            ),
        )
    )


def test_what_is_not_known_of_images_is_said() -> None:
    assert "not known: the ledger" in comparison_page(compare(failed_deploy(), good_deploy()))


@pytest.mark.parametrize("width", [40, 100])
def test_no_line_is_wider_than_asked(width: int) -> None:
    assert max(map(len, comparison_page(FOUND, width).splitlines())) <= width


def test_the_json_names_its_schema_and_both_sides() -> None:
    data = json.loads(comparison_json(FOUND))
    assert data["schema"] == "flawless/comparison/1"
    assert data["traffic"]["before"]["failed"] == 3 and data["traffic"]["after"]["failed"] == 0
    assert [change["subject"] for change in data["images"]] == ["backend"]


def test_foreign_text_is_text() -> None:
    found = compare(good_deploy(), structs.replace(good_deploy(), stack=hostile(MARKUP).stack, verdicts=()))
    assert "<script>" not in comparison_markdown(found)
    escapes = compare(good_deploy(), hostile("\x1b[31mred\x1b[0m"))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", comparison_page(escapes))
