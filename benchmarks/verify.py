"""How long it takes to verify what runs, and what that costs the stack."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.crowd import alone, crowd
from benchmarks.measure import Command, in_turns, once
from benchmarks.place import Place
from benchmarks.table import Row

RUNS = 5
# What they look at of the same things, each of one address: protocols, ciphers or certificate, headers.
SCANNERS = {
    "sslscan": ("--no-colour",),
    "testssl": ("--quiet", "--color", "0", "--protocols", "--server-defaults", "--headers"),
}
REPOSITORY = Path(__file__).resolve().parents[1]


def measure(place: Place) -> Iterator[Row]:
    """``flawless verify`` of the five running services, beside Compose's own list of them."""
    place.empty()
    once(place.compose("build"))
    once(place.deploy())
    listing = place.compose("ps", "--format", "json")
    listed, verified = in_turns((listing, place.flawless("verify")), RUNS)
    yield Row(
        section="verify",
        what="flawless verify, 5 services",
        measured=verified.seconds,
        beside=listed.seconds,
        peer="docker compose ps",
        target=2.0,
        rule="fixed",
        runs=RUNS,
        cpu=verified.cpu,
    )
    cost = _looked(place, place.site.stack, "cost")
    added = (cost["verified"] - cost["quiet"]) * 100
    what = "  what it adds to the stack's share of the processors"
    yield Row(
        section="verify", what=what, measured=added, unit="%", beside=cost["quiet"] * 100, peer="quiet", target=5.0,
        rule="fixed",
    )  # fmt: skip
    pages = _looked(place, place.site.stack, "urls")["seconds"]
    what = "20 URLs with TLS, headers and CORS"
    yield Row(section="verify", what=what, measured=pages, target=2.0, rule="fixed")
    for name, options in SCANNERS.items():
        if scan := _scanned(place, name, options):
            yield Row(section="verify", what=f"  beside {name}", measured=pages, beside=scan, peer=name)
    with crowd(place.folder / "ten", 10) as folder:
        seconds = _looked(place, folder, "facts")["seconds"]
        yield Row(section="verify", what="facts of 10 containers", measured=seconds, target=0.5, rule="fixed")
    with crowd(place.folder / "hundred", 100) as folder:
        many = once(_of(folder, place.flawless("verify", str(folder))))
        what = "flawless verify, 100 containers"
        yield Row(section="verify", what=what, measured=many.seconds, target=5.0, rule="fixed", cpu=many.cpu)


def _of(folder: Path, command: Command) -> Command:
    """A verification may find faults in a stack that was made to be measured."""
    return Command(command.argv, folder, alone(command.env), frozenset({0, 1, 3}))


def _looked(place: Place, folder: Path, what: str) -> dict[str, float]:
    """What ``benchmarks.looking`` measures of the stack in ``folder``."""
    own = folder == place.site.stack
    environment = place.site.environment if own else alone(place.site.environment)
    done = subprocess.run(
        (sys.executable, "-m", "benchmarks.looking", str(folder), what),
        cwd=folder, env={**environment, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"benchmarks.looking {what} ended with {done.returncode}: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _scanned(place: Place, name: str, options: Sequence[str]) -> float | None:
    """Seconds of a scanner on the same port, whatever it finds; None where it is not on this machine."""
    if not shutil.which(name):
        print(f"{name} is not on PATH: not measured", file=sys.stderr)
        return None
    argv = (name, *options, f"127.0.0.1:{place.site.https}")
    return once(Command(argv, place.site.stack, place.site.environment, frozenset(range(256)))).seconds
