"""Adds up JUnit files: `python junit_totals.py DIRECTORY` prints what ran, then 'N passed, N failed'."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree


class Totals(NamedTuple):
    passed: int = 0
    failed: int = 0
    skipped: int = 0


def read(file: Path) -> Totals:
    totals = Totals()
    for case in ElementTree.parse(file).iter("testcase"):  # noqa: S314 - pytest has just written it
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            totals = totals._replace(failed=totals.failed + 1)
        elif "skipped" in kinds:
            totals = totals._replace(skipped=totals.skipped + 1)
        else:
            totals = totals._replace(passed=totals.passed + 1)
    return totals


def add(parts: Iterable[Totals]) -> Totals:
    return Totals(*(sum(column) for column in zip(Totals(), *parts, strict=True)))


def main(directory: str) -> None:
    parts = {file.stem: read(file) for file in sorted(Path(directory).glob("*.xml"))}
    total = add(parts.values())
    engine = add(part for name, part in parts.items() if name.endswith("engine"))
    lines = [f"{total.passed + total.failed} tests ran, {engine.passed + engine.failed} of them on the engine"]
    if total.skipped:
        lines.append(f"{total.skipped} tests were skipped: they prove nothing")
    lines.append(f"{total.passed} passed, {total.failed} failed")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
