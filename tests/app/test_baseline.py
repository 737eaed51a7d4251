"""What the last good release logged too is no news."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.app.baseline import chosen, joined, load, news, save, templates
from flawless.model.facts import Fact, Facts, Known, known, service_subject, unknown
from flawless.model.keys import LOGS
from flawless.model.observed import LogScan, LogTemplate
from flawless.ports.files import RealFiles

FILES = RealFiles()
WEB, DB = service_subject("web"), service_subject("db")


def logs(subject: str, *shapes: str) -> Fact:
    return known(LOGS, subject, LogScan(100, tuple(LogTemplate(shape, 1, shape) for shape in shapes)), (), 5.0)


def shapes(facts: list[Fact] | Facts, subject: str) -> list[str]:
    reading = Facts(facts).get(LOGS, subject)
    assert isinstance(reading, Known)
    return [error.template for error in reading.value.errors]


def test_what_was_saved_is_loaded_again(tmp_path: Path) -> None:
    save(tmp_path, FILES, Facts([logs(WEB, "a", "b"), logs(DB)]))
    assert load(tmp_path, FILES) == {WEB: frozenset({"a", "b"}), DB: frozenset()}


@pytest.mark.parametrize("content", [None, b"", b"garbage", b"[1]", b'{"x": 1}', b"\xff"])
def test_without_a_readable_record_everything_is_news(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "baseline.json").write_bytes(content)
    assert load(tmp_path, FILES) == {}


def test_logs_that_could_not_be_read_are_no_baseline() -> None:
    assert templates(Facts([unknown(LOGS, WEB, "gone"), logs(DB, "a")])) == {DB: frozenset({"a"})}


def test_two_baselines_are_joined_by_subject() -> None:
    one, other = {WEB: frozenset({"a"})}, {WEB: frozenset({"b"}), DB: frozenset({"c"})}
    assert joined(one, other) == {WEB: frozenset({"a", "b"}), DB: frozenset({"c"})}


def test_only_the_same_service_s_known_errors_are_taken_out() -> None:
    found = news(Facts([logs(WEB, "old", "new"), logs(DB, "old")]), {WEB: frozenset({"old", "other"})})
    assert (shapes(found, WEB), shapes(found, DB)) == (["new"], ["old"])


def test_taking_known_errors_out_leaves_the_rest_of_the_reading() -> None:
    (fact,) = news(Facts([logs(WEB, "old")]), {WEB: frozenset({"old"})})
    assert fact.reading == Known(LogScan(100, ()), (), 5.0)


def test_an_unknown_log_stays_unknown() -> None:
    lost = unknown(LOGS, WEB, "gone", (), "look")
    assert news(Facts([lost]), {WEB: frozenset({"old"})}) == [lost]


def test_switched_services_count_with_their_whole_log_and_others_since_the_switch() -> None:
    fresh = Facts([logs(WEB, "late"), logs(DB, "late")])
    whole = Facts([logs(WEB, "early", "late"), logs(DB, "early", "late")])
    found = chosen(fresh, whole, frozenset({"web"}))
    assert (shapes(found, WEB), shapes(found, DB)) == (["early", "late"], ["late"])
