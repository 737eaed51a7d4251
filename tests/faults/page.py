"""docs/faults.md from the results of the tests.

python -m tests.faults.page tests/faults/results.jsonl >docs/faults.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults.catalogue import BEYOND, FAULTS, NOT_MADE
from tests.faults.kinds import BESIDE, JOURNALS, Kind
from tests.faults.results import Row, load

RESULTS = Path(__file__).with_name("results.jsonl")
MATRIX = "test_after_a_kill_the_site_serves_and_the_next_deploy_ends_well"
_HEAD = """\
# Faults

What is done to a deploy on a real engine, and what held. Written from the results of the tests; write it anew with

```sh
rm -f tests/faults/results.jsonl
FLAWLESS_FULL=1 FLAWLESS_FAULT_RESULTS=tests/faults/results.jsonl .venv/bin/pytest tests/faults
.venv/bin/python -m tests.faults.page tests/faults/results.jsonl >docs/faults.md
```

The stack is a copy of `stack/` with a good release, a row in its database, somebody outside who asks backend and
frontend ten times a second, and another project beside it whose name begins with the same word. After each fault this
must hold:

- the last good release serves, or the tool printed what to run and that brought it back;
- one more command leaves one healthy container for each replica, and no container, network or lease besides;
- the rows are those from before; the other project's containers, network, volume and image are untouched;
- no request from outside failed, except where the fault itself takes the site away: there the table says how many.
"""


def page(rows: dict[str, Row]) -> str:
    """The whole page."""
    parts = (_HEAD, *_summary(rows), *_matrix(rows), *_catalogue(rows), *_not_made())
    return "\n".join(parts) + "\n"


def _summary(rows: dict[str, Row]) -> Iterator[str]:
    if not rows:
        yield "No run is on record yet.\n"
        return
    held = sum(row.held for row in rows.values())
    dates = ", ".join(sorted({row.date for row in rows.values()}))
    yield f"Run on {dates}: {len(rows)} tests, {held} held, {len(rows) - held} did not.\n"


def _matrix(rows: dict[str, Row]) -> Iterator[str]:
    yield "## kill -9 after each record of the journal\n"
    yield "Each cell: whether it held, the exit code of the next deploy, failed requests. A dash: such a deploy has no"
    yield "such record.\n"
    yield f"| killed after | {' | '.join(Kind)} |"
    yield "|---|" + "---|" * len(Kind)
    points = dict.fromkeys(point for records in JOURNALS.values() for point in records)
    for point in [*(point for point in points if point != "end"), BESIDE, "end"]:
        cells = (_cell(rows, kind, point) for kind in Kind)
        yield f"| {point} | {' | '.join(cells)} |"
    yield ""


def _cell(rows: dict[str, Row], kind: Kind, point: str) -> str:
    if point != BESIDE and point not in JOURNALS[kind]:
        return "-"
    row = rows.get(f"{MATRIX}[{kind}-{point.replace(' ', '-')}]")
    if row is None:
        return "not run"
    return f"{_verdict(row)}, exit {row.codes[-1] if row.codes else '?'}, {row.failed} failed"


def _verdict(row: Row) -> str:
    return "held" if row.held else "**did not hold**"


def _catalogue(rows: dict[str, Row]) -> Iterator[str]:
    yield "## The faults of the field\n"
    yield "1 to 39 are what broke other deploy tools and the teams that used them. Exit codes are those of all commands"
    yield "of a test in their order, -9 for a killed one; failed requests and the longest gap as seen from outside.\n"
    yield "| | fault | made by | held | exit codes | failed requests | gap | seconds |"
    yield "|---|---|---|---|---|---|---|---|"
    for number, fault in FAULTS.items():
        start = f"| {number} | {fault.words} | {fault.made}"
        if fault.kinds:
            yield f"{start}, {', '.join(fault.kinds)} | {_of_matrix(rows, fault.kinds)} |"
            continue
        found = [row for row in rows.values() if number in row.numbers]
        yield from (f"{start}{_case(row)} | {_verdict(row)}{_said(row)} | {_measured(row)} |" for row in found)
        if not found:
            yield f"{start} | not run | | | | |"
    yield ""


def _of_matrix(rows: dict[str, Row], kinds: Iterable[str]) -> str:
    found = [row for name, row in rows.items() if any(name.startswith(f"{MATRIX}[{kind}-") for kind in kinds)]
    held, failed = sum(row.held for row in found), sum(row.failed for row in found)
    return f"held in {held} of {len(found)} | | {failed} | | "


def _case(row: Row) -> str:
    _, _, case = row.test.partition("[")
    return f" ({case.rstrip(']')})" if case else ""


def _said(row: Row) -> str:
    return f": {row.said.replace('|', '/')}" if row.said else ""


def _measured(row: Row) -> str:
    codes = ", ".join(str(code) for code in row.codes)
    outside = (f"{row.failed} of {row.requests}", f"{row.gap:.1f} s") if row.requests else ("", "")
    return " | ".join((codes, *outside, f"{row.seconds:.0f}"))


def _not_made() -> Iterator[str]:
    yield "## What is not made here\n"
    yield "Each of these numbers is tested as far as the table above says; this part of it is not.\n"
    for number, why in NOT_MADE.items():
        yield f"- {number}, {FAULTS[number].words}: {why}"
    yield f"\nThe numbers above {BEYOND} are not of the field study."


if __name__ == "__main__":
    sys.stdout.write(page(load(Path(sys.argv[1]))))
