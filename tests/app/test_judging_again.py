"""Saved facts of a soak judged again: the same verdict, the same lines, the same course."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flawless.app.judge import Judged, save_facts
from flawless.app.rejudge import rejudge
from flawless.app.session import Asked, Session
from flawless.judging.catalogue import catalogue
from flawless.judging.run import run
from flawless.judging.select import select
from flawless.model.check import Level
from flawless.model.report import ItemState, SoakVerdict
from flawless.model.settings import Settings
from flawless.testing import samples
from flawless.testing.fakes import fake_ports

LEAK = {"samples": [{"at": at, "memory": 50_000_000 + 100_000 * at, "cpu": 0.1} for at in range(0, 301, 5)]}


def saved(changes: dict[str, Any]) -> str:
    """The facts.json of a soak over the healthy stack with these changes."""
    stack, nothing = samples.stack(), None
    facts = samples.overlay(samples.healthy_facts(stack), changes)
    chosen = select(catalogue().values(), [Level.SOAK], Settings(), window=300.0)
    unused: Any = nothing
    session = Session(Path("/none"), fake_ports(), Settings(), stack, unused, Asked(), lambda _: None)
    return save_facts(session, "deploy", Judged(run(chosen, stack, facts), facts)).decode()


@pytest.mark.parametrize(
    ("changes", "verdict", "line", "state"),
    [
        ({}, SoakVerdict.GOOD, "soak good over 300 s", ItemState.CHECKED),
        ({"window": {"service:backend": LEAK}}, SoakVerdict.BAD, "soak bad: memory-grows: memory", ItemState.FAILED),
        (
            {"window": {"service:backend": {"samples": []}}},
            SoakVerdict.INCONCLUSIVE,
            "soak inconclusive: memory-grows: 300 s with 0 samples",
            ItemState.UNKNOWN,
        ),
    ],
)
def test_a_soak_is_judged_again_from_its_facts(
    changes: dict[str, Any], verdict: SoakVerdict, line: str, state: ItemState
) -> None:
    report = rejudge(saved(changes), "facts.json", ())
    assert report.soak is not None
    assert (report.soak.verdict, report.soak.seconds) == (verdict, 300.0)
    [item] = [each for each in report.checklist if each.item == "C2.2"]
    assert (item.state, item.reason.startswith(line)) == (state, True)
