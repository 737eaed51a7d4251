"""Text from files, containers and servers is text in every format: no escape, no markup, no command."""

from __future__ import annotations

import html.parser
import json
import re
from collections import Counter
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from .formats import FORMATS, hostile

PIECES = (
    "\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "\x00", "\u202e", "\ufeff", "\r", "\n", "\r\n", "\ud800", "\ufffe",
    "\u2028", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</details>", "</pre>", "]]>", "<!--", "-->",
    "&lt;", "&#60;b&#62;", "[x](javascript:alert(1))", "![x](http://e.test/p.png)", "`", "```\n", "|", "\\", "@someone",
    "#1", "https://e.test/", "www.e.test", "\n# head\n", "\n- item", "\n::error::x", "::set-output name=a::b",
    "##[add-mask]x", "%0A::error::", "<b>", "{{ 1 }}", "{% raw %}", "a", " ", "é", "漢",
)  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=8).map("".join)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_no_control_character_leaves_any_format(name: str, text: str) -> None:
    shown = FORMATS[name](hostile(text))
    assert CONTROLS.findall(shown) == []
    shown.encode()


class Tags(html.parser.HTMLParser):
    """Counts the elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.update([tag, *(f"{tag}.{name}" for name, _ in attrs)])

    def handle_comment(self, data: str) -> None:
        self.found["comment"] += 1


def tags(page: str) -> set[str]:
    reader = Tags()
    reader.feed(page)
    return set(reader.found)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_text_adds_no_element_to_the_page(text: str) -> None:
    assert tags(FORMATS["html"](hostile(text))) <= tags(FORMATS["html"](hostile("plain")))


@settings(max_examples=80, deadline=None)
@given(text=TEXTS)
def test_text_adds_no_markup_to_the_pull_request(text: str) -> None:
    shown = FORMATS["markdown"](hostile(text))
    assert tags(READER.render(shown)) <= tags(READER.render(FORMATS["markdown"](hostile("plain"))))
    assert not re.search(r"https?:|www\.|@|(?<![&\w])#\d", shown)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_text_adds_no_line_and_no_command_to_the_annotations(text: str) -> None:
    lines = FORMATS["github"](hostile(text)).splitlines()
    plain = FORMATS["github"](hostile("plain")).splitlines()
    assert [line.partition(" ")[0] for line in lines] == [line.partition(" ")[0] for line in plain]
    assert "##[" not in "".join(lines)


def shape(value: Any) -> Any:
    """Data without its texts."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.parametrize("name", ["json", "sarif"])
@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_text_changes_no_structure_of_the_data(name: str, text: str) -> None:
    data, plain = (json.loads(FORMATS[name](hostile(each))) for each in (text, "plain"))
    assert shape(data) == shape(plain)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
def test_text_adds_no_element_to_the_test_results(text: str) -> None:
    tree, plain = (ElementTree.fromstring(FORMATS["junit"](hostile(each))) for each in (text, "plain"))
    assert [element.tag for element in tree.iter()] == [element.tag for element in plain.iter()]
