"""What the users of a site notice of a switch at 200 requests a second, by flawless and by what is used instead."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from benchmarks.deploy import ALLOWANCE, SHARE
from benchmarks.measure import Command, once
from benchmarks.place import Place
from benchmarks.table import Row
from flawless.ports.prober import Shot as Sent
from flawless.ports.prober import longest_gap
from stack.tests.load import Outcome, Shot, fire
from tests.scenarios.harness import ALLOWED, docker

RATE = 200.0
QUIET, AFTER = 10.0, 3.0
LONGEST = 900.0
P99_TIMES, GAP, BACK = 3.0, 1.5, 3.0
SHOWN = 5
MOVED = ("backend", "frontend")


class Fired(Struct, frozen=True):
    """A command under load: its seconds, the requests before it as a measure, and those while it ran.

    It began at the same moment by the clock on the wall (``began``) and by the one of the requests (``steady``).
    """

    seconds: float
    quiet: tuple[Outcome, ...]
    during: tuple[Outcome, ...]
    began: float
    steady: float

    @property
    def failed(self) -> int:
        """Requests that went wrong."""
        return sum(bool(outcome.wrong) for outcome in self.during)

    @property
    def gap(self) -> float:
        """The longest time without a good answer, when any request failed."""
        sent = [Sent(outcome.due, outcome.seconds, outcome.wrong) for outcome in self.during]
        return longest_gap(sorted(sent, key=lambda shot: shot.at))


def measure(place: Place) -> Iterator[Row]:
    """flawless deploys, goes back, and changes the proxy's image; then Compose, the checklist and docker-rollout."""
    # How fast a machine answers that also makes the load is measured here, and judged by nobody.
    with (place.site.stack / "flawless.toml").open("a") as settings:
        settings.write("\n[checks.response-slow]\nenabled = false\n")
    place.site.commit("how fast this machine is makes no defect")
    # No test of limits: one account and one address send all there is.
    place.site.environment.update(API_RATE_PER_ACCOUNT="1000000/minute", API_RATE_PER_ADDRESS="1000000/minute")
    once(place.compose("build"))
    once(place.deploy())
    yield from _flawless(place)
    yield from _others(place)


def _flawless(place: Place) -> Iterator[Row]:
    _change(place, "flawless")
    deployed = _under_fire(place, place.deploy())
    steps = _report(place)["steps"]
    yield from _rows("flawless deploy", deployed, zero=True)
    yield from _steps(deployed, steps)
    back = _under_fire(place, place.flawless("rollback", *ALLOWED))
    healthy = _seconds_to_healthy(place, back)
    yield from _rows("flawless rollback", back, zero=True)
    beside = (healthy, "its containers until healthy")
    yield _row("flawless rollback", "time", back.seconds, beside, (healthy + BACK, "+ 3 s"))
    _add(place, "nginx/Dockerfile", f"\nLABEL bench.round={time.time():.0f}\n")
    place.site.commit("a new image of the proxy")
    replaced = _under_fire(place, place.deploy())
    yield from _rows("flawless deploy, new nginx image", replaced)
    yield _row("flawless deploy, new nginx image", "gap", replaced.gap, target=(GAP, "fixed"))
    _change(place, "compose")
    once(place.compose("build"))
    up = _under_fire(place, place.compose("up", "--detach", "--force-recreate", "--wait", "--quiet-pull"))
    built = sum(step["seconds"] for step in steps if step["kind"] in ("build", "soak"))
    own = deployed.seconds - built - up.seconds
    allowed = (SHARE * up.seconds + ALLOWANCE, "10 % + 3 s")
    yield _row("flawless deploy", "its own share", own, (up.seconds, "up --force-recreate"), allowed)
    yield from _rows("docker compose up --force-recreate --wait", up)


def _others(place: Place) -> Iterator[Row]:
    _change(place, "checklist")
    recipe = "docker compose down --timeout 30 && docker compose build --quiet && docker compose up -d --force-recreate"
    yield from _rows("checklist: down, build, up", _under_fire(place, place.shell(f"{recipe} --wait --quiet-pull")))
    if place.rollout is None:
        print("docker-rollout is not measured: no --docker-rollout PATH was given", file=sys.stderr)
        return
    _change(place, "rollout")
    once(place.compose("build"))
    commands = " && ".join(" ".join(place.docker_rollout(service).argv) for service in MOVED)
    yield from _rows("docker-rollout backend, frontend", _under_fire(place, place.shell(commands)))


def _change(place: Place, word: str) -> None:
    """A new backend, a new frontend and a new configuration of the proxy, committed."""
    _add(place, "backend/src/viworks/__main__.py", f"\n# {word}\n")
    _add(place, "frontend/public/robots.txt", f"# {word}\n")
    _add(place, "nginx/conf/snippets/headers.conf", f'\nadd_header X-Bench "{word}" always;\n')
    place.site.commit(word)


def _add(place: Place, path: str, text: str) -> None:
    file = place.site.stack / path
    file.write_text((file.read_text() if file.exists() else "") + text)


def _report(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((place.site.stack / ".flawless" / "report.json").read_text())
    return found


def _under_fire(place: Place, command: Command) -> Fired:
    print(f"measuring {' '.join(command.argv)[:100]}", file=sys.stderr)
    return asyncio.run(_fired(place, command))


async def _fired(place: Place, command: Command) -> Fired:
    site = place.site
    trust = ssl.create_default_context(cafile=str(site.stack / "certs" / "ca.crt"))
    enough = asyncio.Event()
    load = asyncio.create_task(
        fire(f"https://127.0.0.1:{site.https}", _shots(site.token()), RATE, trust=trust, seconds=LONGEST, enough=enough)
    )
    await asyncio.sleep(QUIET)
    began, wall = time.monotonic(), time.time()
    try:
        sample = await asyncio.to_thread(once, command)
        await asyncio.sleep(AFTER)
    finally:
        enough.set()
        salvo = await load
    quiet = tuple(outcome for outcome in salvo.outcomes if outcome.due < began)
    if wrong := {outcome.wrong for outcome in quiet if outcome.wrong}:
        raise RuntimeError(f"requests went wrong before anything was done: {wrong}")
    during = tuple(salvo.outcomes[len(quiet) :])
    for what, times in Counter(outcome.wrong for outcome in during if outcome.wrong).most_common(SHOWN):
        print(f"  {times} went wrong: {what[:120]}", file=sys.stderr)
    return Fired(sample.seconds, quiet, during, wall, began)


def _shots(token: str) -> list[Shot]:
    """The backend alone, the backend with its database, the frontend."""
    bearer = {"Authorization": f"Bearer {token}"}
    return [
        Shot("version", "GET", "/version"),
        Shot("list", "GET", "/api/deployments", bearer),
        Shot("version", "GET", "/version"),
        Shot("page", "GET", "/"),
    ]


def _seconds_to_healthy(place: Place, fired: Fired) -> float:
    """What the containers that were started took until their healthcheck said healthy, one after the other."""
    project = f"label=com.docker.compose.project={place.site.project}"
    until = fired.began + fired.seconds + AFTER
    said = docker(
        "events", "--since", f"{fired.began:.3f}", "--until", f"{until:.3f}", "--filter", project,
        "--format", "{{.ID}} {{.TimeNano}} {{.Action}}",
    )  # fmt: skip
    started: dict[str, int] = {}
    total = 0.0
    for line in said.splitlines():
        ref, nano, action = line.split(" ", 2)
        if action == "start":
            started[ref] = int(nano)
        elif action == "health_status: healthy" and ref in started:
            total += (int(nano) - started.pop(ref)) / 1e9
    return total


def _rows(way: str, fired: Fired, *, zero: bool = False) -> Iterator[Row]:
    """Seconds, failures, gap and times; ``zero``: no request may fail and p99 stays under three times the quiet one."""
    quiet, during = _times(fired.quiet), _times(fired.during)
    calm = _at(quiet, 0.99)
    yield _row(way, "took", fired.seconds)
    yield Row(
        section="switch",
        what=f"{way}: failed of {len(fired.during)}",
        measured=float(fired.failed),
        unit="requests",
        target=1.0 if zero else None,
        rule="none" if zero else "",
    )
    yield Row(
        section="switch",
        what=f"{way}: sent anew",
        measured=float(sum(each.again for each in fired.during)),
        unit="requests",
    )
    yield _row(way, "longest gap", fired.gap)
    yield _row(way, "p50", _at(during, 0.50), (_at(quiet, 0.50), "quiet"))
    yield _row(way, "p99", _at(during, 0.99), (calm, "quiet"), (P99_TIMES * calm, "3x quiet") if zero else None)


def _steps(fired: Fired, steps: Sequence[dict[str, Any]]) -> Iterator[Row]:
    """Of each step the p99 of the requests that were due in it, beside the seconds that it took."""
    for step in steps:
        start = fired.steady + step["began"] - fired.began
        within = [each for each in fired.during if start <= each.due < start + step["seconds"]]
        if within:
            yield _row(f"  step {step['id']}", "p99", _at(_times(within), 0.99), (step["seconds"], "of the step"))


def _row(
    way: str,
    what: str,
    measured: float,
    beside: tuple[float, str] | None = None,
    target: tuple[float, str] | None = None,
) -> Row:
    """One figure; ``beside`` is another with its name, ``target`` the most that is wanted with its rule."""
    return Row(
        section="switch",
        what=f"{way}: {what}",
        measured=measured,
        beside=beside[0] if beside else None,
        peer=beside[1] if beside else "",
        target=target[0] if target else None,
        rule=target[1] if target else "",
    )


def _times(outcomes: Sequence[Outcome]) -> list[float]:
    return sorted(outcome.seconds for outcome in outcomes if not outcome.wrong)


def _at(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0
