"""Facts are saved, so that any run can be judged again."""

from __future__ import annotations

import json

import msgspec
import pytest

from flawless.model import keys
from flawless.model.facts import STACK, Evidence, Facts, Known, Unknown, known, unknown
from flawless.testing import samples

EVIDENCE = Evidence("docker inspect", "0", "running", "sha256:one", samples.NOW, 0.1)


def test_every_fact_of_a_healthy_stack_survives_the_way_to_json_and_back() -> None:
    facts = samples.healthy_facts(samples.stack())
    again = Facts.from_json(json.loads(json.dumps(facts.to_json())), keys.ALL)
    assert list(again) == list(facts)
    assert len(facts) > 60


def test_evidence_time_and_reason_survive() -> None:
    facts = Facts(
        [
            known(keys.VERSION, STACK, "abc", (EVIDENCE,), samples.NOW),
            unknown(keys.TLS, STACK, "no route", (EVIDENCE,), "open the port"),
        ]
    )
    again = Facts.from_json(json.loads(json.dumps(facts.to_json())), keys.ALL)
    assert again.get(keys.VERSION, STACK) == Known("abc", (EVIDENCE,), samples.NOW)
    assert again.get(keys.TLS, STACK) == Unknown("no route", (EVIDENCE,), "open the port")


def test_a_later_fact_replaces_an_earlier_one() -> None:
    facts = Facts([known(keys.VERSION, STACK, "old")]).merged([known(keys.VERSION, STACK, "new")])
    assert (len(facts), facts.of(keys.VERSION)) == (1, {STACK: Known("new")})


def test_what_nobody_looked_at_is_none() -> None:
    assert Facts().get(keys.VERSION, STACK) is None


def test_an_unknown_key_is_refused() -> None:
    entry = {"key": "weather", "subject": STACK, "reading": {"type": "known", "value": 1}}
    with pytest.raises(KeyError, match="weather"):
        Facts.from_json([entry], keys.ALL)


def test_a_wrong_shape_is_refused() -> None:
    entry = {"key": "version", "subject": STACK, "reading": {"type": "known", "value": 1}}
    with pytest.raises(msgspec.ValidationError):
        Facts.from_json([entry], keys.ALL)


def test_every_key_has_a_name_of_its_own() -> None:
    assert len({key.name for key in keys.ALL}) == len(keys.ALL)
