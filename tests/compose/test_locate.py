"""Key paths to lines."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flawless.compose.locate import Document, Index, extended_key
from flawless.model.stack import Origin


def document(text: str, file: str = "compose.yaml", base: str = "/s") -> Document:
    nodes = tuple(node for node in yaml.compose_all(text, Loader=yaml.CSafeLoader) if node)
    return Document(file, base, nodes)


def index(*texts: str) -> Index:
    return Index([document(text, f"{number}.yaml") for number, text in enumerate(texts, 1)])


MERGED = """\
x-env: &env
  A: 1
x-more: &more
  A: 2
  B: 2
services:
  app:
    environment:
      <<: [*env, *more]
      C: 3
  web:
    environment: ["A=1", D]
    ports: ["80:80"]
    secrets: [{source: key}]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("services",), 6),
        (("services", "app"), 7),
        (("services", "app", "environment"), 8),
        (("services", "app", "environment", "A"), 2),
        (("services", "app", "environment", "B"), 5),
        (("services", "app", "environment", "C"), 10),
        (("services", "web", "environment", "A"), 12),
        (("services", "web", "environment", "D"), 12),
        (("services", "web", "secrets", "key"), 14),
    ],
)
def test_a_path_has_the_line_of_its_key_merge_keys_followed(path: tuple[str, ...], line: int) -> None:
    assert index(MERGED).find(*path) == Origin("1.yaml", line)


def test_a_path_that_is_not_written_is_not_found_but_has_a_nearest_place() -> None:
    assert index(MERGED).find("services", "app", "image") is None
    assert index(MERGED).at("services", "app", "image", "x") == Origin("1.yaml", 7)
    assert index(MERGED).at("volumes") == Origin("1.yaml", 0)
    assert Index([]).at("services") == Origin("compose.yaml", 0)


def test_the_later_file_wins_and_the_service_is_defined_in_the_first() -> None:
    both = index("services:\n  a:\n    image: x\n    user: y", "\nservices:\n  a:\n    image: z")
    assert both.find("services", "a", "image") == Origin("2.yaml", 4)
    assert both.find("services", "a", "user") == Origin("1.yaml", 4)
    assert both.defined("a") == Origin("1.yaml", 2)
    assert set(both.keys("services", "a")) == {"image", "user"}


def test_the_later_document_of_a_file_wins() -> None:
    assert index("services:\n  a: {image: x}\n---\nservices:\n  a: {image: y}").at("services", "a", "image").line == 5


def test_what_a_service_extends_is_looked_through_in_the_same_and_in_another_file() -> None:
    main = document("services:\n  a:\n    extends: {file: other.yaml, service: b}\n  c:\n    extends: a\n    user: x")
    other = document("services:\n  b:\n    extends: d\n  d:\n    image: x", "other.yaml")
    found = Index([main], {extended_key("/s", "other.yaml"): other})
    assert found.find("services", "c", "image") == Origin("other.yaml", 5)
    assert found.find("services", "c", "user") == Origin("compose.yaml", 6)


def test_services_that_extend_each_other_end() -> None:
    assert index("services:\n  a: {extends: b}\n  b: {extends: a}").find("services", "a", "image") is None


def test_list_elements_come_in_the_order_of_merging() -> None:
    both = index("services:\n  a:\n    ports:\n      - '1:1'", "services:\n  a:\n    ports:\n      - target: 2")
    items = both.items("services", "a", "ports")
    assert [(item.text, item.fields, str(item.origin)) for item in items] == [
        ("1:1", {}, "1.yaml:4"),
        ("", {"target": "2"}, "2.yaml:4"),
    ]


def test_an_alias_bomb_is_walked_only_where_it_is_asked_for() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert index("\n".join(lines) + "\nservices:\n  s: {image: x}").at("services", "s", "image").line == 62


def test_a_node_that_merges_itself_ends() -> None:
    assert index("services: &s\n  <<: *s\n  a: {image: x}").at("services", "a", "image").line == 3


_scalar = st.text(alphabet="ab:-{}[]&*!|>#'\"\n \t,?<%@", max_size=80)


@given(_scalar)
def test_no_text_that_is_yaml_breaks_the_index(text: str) -> None:
    try:
        found = index(text)
    except yaml.YAMLError:
        return
    found.at("services", "a", "environment", "b")
    found.items("services", "a", "ports")
    found.keys("services")


_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=20,
)


@given(_values)
def test_no_yaml_document_breaks_the_index(value: Any) -> None:
    found = index(yaml.safe_dump({"services": {"a": value}}))
    found.items("services", "a", "volumes")
    assert found.at("services", "a").line >= 1
