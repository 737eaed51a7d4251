"""``python -m benchmarks [SECTION...]``: measures, prints a table, and never fails for a target that is not met."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import structs

from benchmarks import check, deploy, logs, many, peers, stack, start, switch, verify, watch
from benchmarks.place import Place
from benchmarks.table import Row, lines

SECTIONS = {
    "start": start.measure,
    "check": check.measure,
    "many": many.measure,
    "peers": peers.measure,
    "logs": logs.measure,
    "verify": verify.measure,
    "deploy": deploy.measure,
    "switch": switch.measure,
    "stack": stack.measure,
    "watch": watch.measure,
}
ON_ENGINE = frozenset({"verify", "deploy", "switch"})
SCHEMA = "flawless/benchmarks/1"


def main() -> int:
    """0 when everything was measured; 1 when a command did not do its work."""
    asked = _arguments()
    sections = asked.sections or list(SECTIONS)
    rows: list[Row] = []
    before = os.getloadavg()
    try:
        with tempfile.TemporaryDirectory(prefix="flawless-bench-") as folder:
            _measure(sections, Place(Path(folder), asked.minutes, asked.peers, asked.docker_rollout), rows)
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        _show(rows, asked.json, before)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/bench", description="Measure flawless beside its peers.")
    known = ", ".join(SECTIONS)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"what to measure: {known}; default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE too")
    parser.add_argument("--minutes", type=float, metavar="N", help="of load in section stack; default: 2, full: 10")
    where = "where programs of others are, besides PATH; may be repeated"
    parser.add_argument("--peers", type=Path, metavar="DIR", action="append", default=[], help=where)
    parser.add_argument(
        "--docker-rollout", type=Path, metavar="PATH", help="docker-rollout's script, to be measured in section switch"
    )
    asked = parser.parse_args()
    if wrong := [name for name in asked.sections if name not in SECTIONS]:
        parser.error(f"there is no section {wrong[0]}; there are {known}")
    return asked


def _measure(sections: Sequence[str], place: Place, rows: list[Row]) -> None:
    try:
        for name in sections:
            print(f"measuring {name}", file=sys.stderr)
            rows.extend(SECTIONS[name](place))
    finally:
        if ON_ENGINE.intersection(sections):
            place.remove()


def _show(rows: Sequence[Row], file: Path | None, before: tuple[float, ...]) -> None:
    after = os.getloadavg()
    print("\n".join(lines(rows)))
    print(f"\nmedians; {os.cpu_count()} cores, load average {before[0]:.1f} before and {after[0]:.1f} after")
    if over := [row.what.strip() for row in rows if row.within is False]:
        print(f"OVER its target: {'; '.join(over)}")
    if file:
        file.write_text(json.dumps(_data(rows, (before[0], after[0])), indent=1) + "\n")


def _data(rows: Sequence[Row], load: tuple[float, float]) -> dict[str, Any]:
    found = [{**structs.asdict(row), "within": row.within} for row in rows]
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"schema": SCHEMA, "at": moment, "cores": os.cpu_count(), "load": load, "rows": found}


if __name__ == "__main__":
    sys.exit(main())
