"""What is copied for which names, and who writes to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.app.saving.chosen import Data, chosen, writers
from flawless.errors import UsageError
from flawless.model.backup import PartKind
from flawless.model.stack import Stack
from flawless.testing.from_files import stack_from

FILE = """\
name: shop
services:
  web:
    image: nginx:1
    ports: ["80:80"]
    volumes: ["certs:/certs:ro"]
  api:
    image: shop/api:1
    environment: {DATABASE_URL: "postgresql://a:b@db:5432/shop", REDIS_URL: "redis://cache:6379/0"}
    volumes: ["uploads:/uploads"]
  reader:
    image: shop/reader:1
    volumes: ["uploads:/uploads:ro", "shared:/shared"]
  renew:
    image: shop/renew:1
    volumes: ["certs:/certs"]
  db:
    image: postgres:16
    volumes: ["rows:/var/lib/postgresql/data"]
  cache:
    image: redis:7
    volumes: ["keys:/data"]
volumes:
  certs: {}
  uploads: {}
  rows: {}
  keys: {}
  shared: {external: true}
"""
ROWS, KEYS = Data(PartKind.POSTGRES, "db"), Data(PartKind.REDIS, "cache")
UPLOADS, CERTS = Data(PartKind.VOLUME, "uploads"), Data(PartKind.VOLUME, "certs")


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return stack_from({"compose.yaml": FILE}, tmp_path)


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ((), {ROWS, KEYS, UPLOADS, CERTS}),
        (("db",), {ROWS}),
        (("cache",), {KEYS}),
        (("rows",), {Data(PartKind.VOLUME, "rows")}),
        (("api",), {UPLOADS}),
        (("api", "uploads", "db"), {UPLOADS, ROWS}),
    ],
    ids=["all", "a-database", "a-cache", "the-volume-of-a-database", "a-service", "the-same-twice"],
)
def test_a_server_hands_out_its_data_and_all_else_is_a_volume(
    stack: Stack, names: tuple[str, ...], wanted: set[Data]
) -> None:
    found = chosen(stack, names)
    assert set(found) == wanted
    assert len(found) == len(wanted)


@pytest.mark.parametrize(("name", "words"), [("dbb", "did you mean db"), ("zzzzzzz", "there are: "), ("off", "there")])
def test_a_name_of_nothing_is_refused_with_what_there_is(stack: Stack, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        chosen(stack, (name,))


@pytest.mark.parametrize(
    ("data", "wanted"),
    [(ROWS, {"api"}), (KEYS, {"api"}), (UPLOADS, {"api"}), (CERTS, {"renew"})],
    ids=["rows", "keys", "uploads", "certs"],
)
def test_writers_are_those_that_may_change_it(stack: Stack, data: Data, wanted: set[str]) -> None:
    found = {each.name for each in writers(stack, data)}
    assert wanted <= found
    assert not found & ({"web", "db", "cache"} - wanted)
