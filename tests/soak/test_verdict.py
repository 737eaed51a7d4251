"""Good, bad, inconclusive: from the gate's decision on the soak's verdicts to the report."""

from __future__ import annotations

import pytest

from flawless.model.facts import Fact, Facts, Known, Unknown, service_subject
from flawless.model.keys import WINDOW
from flawless.model.report import Decision, SoakVerdict
from flawless.soak.verdict import soak_of, verdict_of, watched
from flawless.testing import samples

GO = Decision(True, 0, "no blocking check failed")


@pytest.mark.parametrize(
    ("decision", "verdict"),
    [
        (GO, SoakVerdict.GOOD),
        (Decision(False, 1, "failed", ("memory-grows",)), SoakVerdict.BAD),
        (Decision(False, 3, "could not tell", ("memory-grows",)), SoakVerdict.INCONCLUSIVE),
        (Decision(True, 0, "allowed", (), ("memory-grows",)), SoakVerdict.INCONCLUSIVE),
    ],
)
def test_what_could_not_be_told_is_never_good(decision: Decision, verdict: SoakVerdict) -> None:
    assert verdict_of(decision) is verdict


def test_the_soak_has_the_course_of_every_service_and_the_latency() -> None:
    stack = samples.stack()
    soak = soak_of(stack, samples.healthy_facts(stack), GO)
    assert [each.service for each in soak.services] == [service.name for service in stack.services]
    assert (soak.seconds, soak.asked, soak.services[0].memory_limit) == (300.0, 300.0, 256 * 1024 * 1024)
    assert soak.latency is not None and soak.latency.samples == 500


def test_the_time_watched_is_that_of_the_service_watched_least() -> None:
    stack = samples.stack()
    facts = samples.healthy_facts(stack)
    assert watched(facts) == 300.0
    assert watched(Facts()) == 0.0
    blind = Fact(WINDOW.name, service_subject("redis"), Unknown("gone"))
    assert watched(facts.merged([blind])) == 0.0
    assert isinstance(facts.get(WINDOW, service_subject("redis")), Known)
