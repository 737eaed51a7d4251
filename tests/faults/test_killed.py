"""kill -9 after each record of the journal, for each kind of new release: the site serves, the next deploy is good."""

from __future__ import annotations

import os

import pytest

from tests.faults.ground import KILLED, Fault, Ground
from tests.faults.kinds import BESIDE, JOURNALS, Kind, beside, rows, serving

pytestmark = pytest.mark.engine

FULL = os.environ.get("FLAWLESS_FULL") == "1"
# The frontend's old container is stopped first; then, of the backend, the old one or the new one that is no good.
SECOND_STOP: Fault = {"call": "flawless.ports.aioengine:AioEngine.stop", "nth": 2, "do": ["kill"]}
MAY_FAIL = (Kind.BAD_IN_SOAK,)


def killed_at(point: str) -> Fault:
    return SECOND_STOP if point == BESIDE else {"at": point, "do": ["kill"]}


@pytest.mark.parametrize(("kind", "point"), rows(full=FULL), ids=lambda part: str(part).replace(" ", "-"))
def test_after_a_kill_the_site_serves_and_the_next_deploy_ends_well(ground: Ground, kind: Kind, point: str) -> None:
    new = ground.commit(kind)
    killed = ground.deploy(faults=[*(ground.fall() if kind is Kind.BAD_IN_SOAK else ()), killed_at(point)])
    assert killed.code == KILLED, killed.err + killed.out
    revisions = {"old": ground.good, "new": new}
    for service, told in ground.outside.seen().items():
        assert told <= {revisions[name] for name in serving(kind, point, service)}, service
    if kind is not Kind.HEALTHY:
        ground.back_to_good()
    again = ground.deploy()
    assert again.code == 0, again.err + again.out
    ground.good = ground.site.git("rev-parse", "HEAD")
    ground.holds(ground.good)
    assert kind in MAY_FAIL or not ground.outside.failures


@pytest.mark.full
@pytest.mark.parametrize("kind", Kind)
def test_left_alone_each_kind_writes_the_records_that_the_matrix_kills_after(ground: Ground, kind: Kind) -> None:
    new = ground.commit(kind)
    before = len(ground.site.journal())
    result = ground.deploy(faults=ground.fall() if kind is Kind.BAD_IN_SOAK else ())
    assert result.code == (0 if kind is Kind.HEALTHY else 4), result.err + result.out
    steps = [f"{step} {state}" for step, state in ground.site.journal()[before:]]
    written = ["begin", *steps[1:-1], "end"]
    assert sorted(written) == sorted(JOURNALS[kind])
    in_order = [record for record in written if not beside(record)]
    assert in_order == [record for record in JOURNALS[kind] if not beside(record)]
    if kind is Kind.HEALTHY:
        ground.good = new
    ground.holds(ground.good)
    assert kind in MAY_FAIL or not ground.outside.failures
