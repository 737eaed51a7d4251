"""Every cause is named first by the line that shows it; healthy services are left alone; the page says what is so."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Any

import pytest
from msgspec import structs

from flawless.diagnose.cause import Sight
from flawless.diagnose.rank import causes, ranked
from flawless.model.facts import STACK
from flawless.testing import samples
from tests.diagnose._recorded import EXITED, HEALTHY, LOOPS, SHOWN, Shown
from tests.diagnose.made.cases import MADE, WELL
from tests.report.golden import same_as_golden

MADE_AT = "Last run of it: 2026-11-27, engine 20.10, all of them passed."
PAGE = Path(__file__).parents[2] / "docs" / "diagnose.md"


def sight(service: str, state: dict[str, Any], *lines: str, **checks: str) -> Sight:
    """A service's container with some of its state changed, and its last lines."""
    job = service == "migrate"
    return Sight(service, structs.replace(samples.container(service), **state), lines, checks, job)


def sight_of(shown: Shown) -> Sight:
    """What is seen of a backend in which that cause shows."""
    if shown.cause == "no-container":
        return Sight("backend", absent=True)
    if shown.check:
        return sight("backend", shown.state, **{shown.check: shown.line})
    if shown.host:
        return Sight(STACK, host=structs.replace(samples.PROTOTYPES["host"], **shown.host))
    if shown.usage:
        used = structs.replace(samples.PROTOTYPES["usage"], **shown.usage)
        return structs.replace(sight("backend", shown.state), usage=used)
    return sight("backend", shown.state, *filter(None, (shown.line,)))


def named(shown: Shown) -> bool:
    """Whether the cause is ranked first, with its line as evidence."""
    first = next(iter(ranked([sight_of(shown)])), None)
    return first is not None and first.cause == shown.cause and shown.line in first.evidence


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: f"{shown.cause}-{shown.line[:30]}")
def test_the_cause_is_named_first_with_its_line(shown: Shown) -> None:
    found = ranked([sight_of(shown)])
    assert [each.cause for each in found][:1] == [shown.cause]
    assert shown.line in found[0].evidence
    assert found[0].evidence
    assert "{" not in found[0].fix.replace("{nofile: 65536}", "")


def test_every_cause_is_shown_and_their_names_are_those_of_their_modules() -> None:
    assert {cause.id for cause in causes()} == {shown.cause for shown in SHOWN}
    assert len({cause.id for cause in causes()}) == len(causes()) >= 40


@pytest.mark.parametrize("lines", HEALTHY.values(), ids=HEALTHY)
def test_nothing_is_claimed_of_a_healthy_service(lines: tuple[str, ...]) -> None:
    assert ranked([sight("backend", {}, *lines)]) == ()
    job = {"state": "exited", "health": "none", "exit_code": 0}
    assert ranked([sight("migrate", job, *lines)]) == ()


@pytest.mark.parametrize(("now", "ever"), [(0.75, 0.1), (0.25, 0.9), (0.0, 0.0)])
def test_a_busy_moment_is_no_want_of_cpu(now: float, ever: float) -> None:
    used = structs.replace(samples.PROTOTYPES["usage"], waits=now, waited=ever)
    assert ranked([structs.replace(sight("backend", {}), usage=used)]) == ()


@pytest.mark.parametrize("told", [{}, {"stalled": 0.02, "memory_free": 900 * 1024**2}])
def test_a_machine_with_memory_left_is_not_blamed(told: dict[str, Any]) -> None:
    assert ranked([Sight(STACK, host=structs.replace(samples.PROTOTYPES["host"], **told))]) == ()


def test_what_brings_the_others_down_is_named_first() -> None:
    found = ranked(
        [
            sight("nginx", {}, "connect() failed (111: Connection refused) while connecting to upstream"),
            sight("backend", LOOPS, "Error: connect ECONNREFUSED 172.18.0.3:5432"),
            sight("postgres", EXITED, "FATAL:  database files are incompatible with server"),
        ]
    )
    assert [each.service for each in found] == ["postgres", "backend", "nginx"]


def test_an_ill_service_without_a_known_line_is_told_by_its_ending_only() -> None:
    found = ranked([sight("backend", EXITED, "the moon is in the wrong place")])
    assert [each.cause for each in found] == ["ended-with-1"]
    assert ranked([sight("backend", {**EXITED, "exit_code": 77}, "who knows")]) == ()


def made_words() -> str:
    """What was made on the engine, and what was not."""
    made = {each.cause for each in MADE}
    rest = ", ".join(sorted({cause.id for cause in causes()} - made))
    return (
        f"{len(MADE)} failures of {len(made)} causes, made with the real programs, and {len(WELL)} services beside "
        "them that run well. `FLAWLESS_FULL=1 .venv/bin/pytest tests/diagnose/made` passes when each is named first "
        f"with its line, and nothing is said of what runs well. Not made there: {rest}."
    )


def page() -> str:
    """docs/diagnose.md: how `diagnose` judges, and how often each cause was named first."""
    rows = []
    for cause in causes():
        cases = [shown for shown in SHOWN if shown.cause == cause.id]
        hits = sum(map(named, cases))
        rows.append(f"| {cause.id} | {cause.title} | {cause.depth.name.lower()} | {hits} of {len(cases)} |")
    clean = sum(not ranked([sight("backend", {}, *lines)]) for lines in HEALTHY.values())
    total = sum(map(named, SHOWN))
    head = (Path(__file__).parent / "page_head.md").read_text(encoding="utf-8")
    return f"{head}\n" + "\n".join(
        (
            f"{total} of {len(SHOWN)} sample cases are named first with their line; {clean} of {len(HEALTHY)} "
            "healthy logs raise nothing.\n",
            "| cause | what it says | depth | named first |",
            "|---|---|---|---|",
            *rows,
            "",
            "## Made on the engine",
            "",
            fill(made_words(), 125),
            "",
            MADE_AT,
            "",
            "| cause | made by | evidence holds |",
            "|---|---|---|",
            *(f"| {made.cause} | {made.how} | `…{made.line}…` |" for made in sorted(MADE, key=lambda made: made.cause)),
            "",
        )
    )


def test_the_page_is_current() -> None:
    assert same_as_golden(str(PAGE), page())
