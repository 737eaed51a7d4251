"""The disk and the certificate from facts: what was not seen has its reason, what was not asked has none."""

from __future__ import annotations

from msgspec import structs

from flawless.judging.around import around_of
from flawless.model.facts import STACK, Facts, known, unknown
from flawless.model.keys import HOST, TLS
from flawless.testing import samples


def test_what_was_seen_is_told() -> None:
    found = around_of(samples.healthy_facts(samples.stack()))
    assert (found.disk_free, found.disk_total) == (50 * 1024**3, 100 * 1024**3)
    assert found.certificate_days is not None and round(found.certificate_days) == 80
    assert found.unseen == {}


def test_what_was_not_seen_has_its_reason() -> None:
    found = around_of(Facts([unknown(HOST, STACK, "no engine"), unknown(TLS, STACK, "no port")]))
    assert (found.disk_free, found.certificate_days) == (None, None)
    assert found.unseen == {"disk": "no engine", "certificate": "no port"}


def test_an_engine_elsewhere_has_a_disk_that_is_not_here() -> None:
    elsewhere = structs.replace(samples.PROTOTYPES["host"], disk_free=None, disk_total=None)
    assert "not on this machine" in around_of(Facts([known(HOST, STACK, elsewhere)])).unseen["disk"]


def test_of_what_was_not_asked_nothing_is_told() -> None:
    assert around_of(Facts([known(HOST, STACK, samples.PROTOTYPES["host"])])).unseen == {}
