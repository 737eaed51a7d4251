"""Faults that only an engine of one's own can have: a full disk, a restart, no registry (20 to 23, 32, 37, 43)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.ground import Fault
from tests.faults.results import Row
from tests.faults.second_engine import SecondEngine
from tests.faults.tiny import BAD, BASE, COMPOSE, GOOD, Tiny
from tests.scenarios.harness import Result, until

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondEngine]:
    with SecondEngine(tmp_path_factory.mktemp("engine")) as made:
        made.takes("debian:bookworm-slim")
        made.docker("tag", "debian:bookworm-slim", BASE)
        yield made


@pytest.fixture
def tiny(engine: SecondEngine, tmp_path: Path, row: Row, request: pytest.FixtureRequest) -> Tiny:
    """A stack of its own for each test; its first release is good."""
    made = Tiny(tmp_path / "tiny", engine, f"fltiny{zlib.crc32(request.node.name.encode())}", row)
    made.commit(GOOD, "one")
    first = made.deploy()
    assert first.code == 0, first.err + first.out
    made.serves("one")
    return made


def ends_well(tiny: Tiny, mark: str) -> None:
    again = tiny.deploy()
    assert again.code == 0, again.err + again.out
    tiny.serves(mark)


@pytest.mark.fault(20)
@pytest.mark.parametrize("at", ["build proved", "switch-web started", "soak started"])
def test_an_engine_that_is_restarted_half_way(tiny: Tiny, engine: SecondEngine, at: str) -> None:
    tiny.commit(GOOD, "two")
    gate = tiny.folder.parent / "restarted"
    restart: Fault = {"at": at, "do": ["sh", "-c", f"touch {gate}.now; until [ -e {gate}.done ]; do sleep 0.1; done"]}
    results: list[Result] = []
    deploy = threading.Thread(target=lambda: results.append(tiny.deploy(faults=[restart])))
    deploy.start()
    until(Path(f"{gate}.now").exists, 120, f"{at} is reached")
    engine.stop()
    engine.start()
    Path(f"{gate}.done").touch()
    deploy.join(timeout=300)
    assert results[0].code in (0, 3, 4, 5), results[0].err + results[0].out
    if results[0].code in (0, 4):
        tiny.serves("two" if results[0].code == 0 else "one")
    ends_well(tiny, "two")


@pytest.mark.fault(20)
def test_an_engine_that_was_restarted_overnight_has_the_release_running(tiny: Tiny, engine: SecondEngine) -> None:
    engine.stop()
    engine.start()
    tiny.serves("one")
    ends_well(tiny, "one")


REGISTRY = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(200 if self.path == "/v2/" else int(sys.argv[1]))
    do_HEAD = do_GET
HTTPServer(("127.0.0.1", 5000), Answers).serve_forever()
"""


@contextmanager
def registry_that_answers(engine: SecondEngine, status: int) -> Iterator[None]:
    """A registry that has this answer for everybody, or none (status 0), where the engine looks for it."""
    if not status:
        yield
        return
    argv = engine.inside(sys.executable, "-c", REGISTRY, str(status))
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait(timeout=30)


@pytest.mark.fault(21)
@pytest.mark.parametrize("status", [0, 429, 503], ids=["nobody-listens", "too-many-requests", "unavailable"])
def test_a_registry_that_is_away_stops_a_deploy_before_anything_is_touched(
    tiny: Tiny, engine: SecondEngine, status: int
) -> None:
    beside = "  other:\n    image: 127.0.0.1:5000/other:1\n" + _same_as_web(tiny)
    tiny.commit(GOOD, "two", compose_yaml=COMPOSE.format(project=tiny.project) + beside)
    with registry_that_answers(engine, status):
        result = tiny.deploy()
    assert result.code == 4, result.err + result.out
    assert "other cannot be pulled" in json.dumps(result.report["cause"])
    tiny.serves("one")


def _same_as_web(tiny: Tiny) -> str:
    """The lines of the service web after its image."""
    return "".join(f"{line}\n" for line in COMPOSE.format(project=tiny.project).splitlines()[4:])


@pytest.mark.fault(21)
def test_a_rollback_needs_no_registry(tiny: Tiny) -> None:
    tiny.commit(GOOD, "two")
    ends_well(tiny, "two")
    result = tiny.flawless("rollback")
    assert result.code in (0, 3), result.err + result.out
    tiny.serves("one")


@pytest.mark.fault(23)
def test_a_disk_that_is_full_before_stops_the_deploy_before_it_builds(tiny: Tiny, engine: SecondEngine) -> None:
    tiny.commit(GOOD, "two")
    try:
        subprocess.run(engine.fills_up(), check=True, timeout=120)
        result = tiny.deploy()
        assert result.code in (1, 3, 4), result.err + result.out
        assert "space" in (result.err + result.out + json.dumps(result.report)).lower()
        tiny.serves("one")
    finally:
        engine.has_room_again()
    ends_well(tiny, "two")


@pytest.mark.fault(23)
@pytest.mark.parametrize("at", ["build started", "inspect proved", "switch-web started", "soak started"])
def test_a_disk_that_fills_up_half_way(tiny: Tiny, engine: SecondEngine, at: str) -> None:
    tiny.commit(GOOD, "two")
    try:
        result = tiny.deploy(faults=[{"at": at, "do": engine.fills_up()}])
        assert result.code in (0, 4, 5), result.err + result.out
        if result.code != 5:
            tiny.serves("two" if result.code == 0 else "one")
    finally:
        engine.has_room_again()
    if result.code == 5:
        tiny.run_printed(result)
        tiny.serves("one")
    ends_well(tiny, "two")


@pytest.mark.fault(23)
@pytest.mark.parametrize(("at", "code"), [("switch-web started", 4), ("promote started", 0)])
def test_a_ledger_that_has_no_room_half_way(tiny: Tiny, tmp_path: Path, at: str, code: int) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(("mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(small)), check=True, timeout=10)
    try:
        tiny.commit(GOOD, "two")
        fill = ["sh", "-c", f"dd if=/dev/zero of={small}/filler bs=1k 2>/dev/null; true"]
        result = tiny.deploy("--ledger", str(small / "ledger.db"), faults=[{"at": at, "do": fill}])
        assert result.code == code, result.err + result.out
        tiny.serves("two" if code == 0 else "one")
    finally:
        subprocess.run(("umount", str(small)), check=True, timeout=10)
    ends_well(tiny, "two")


@pytest.mark.fault(32)
def test_a_first_deploy_that_fails_leaves_nothing_and_says_so(engine: SecondEngine, tmp_path: Path, row: Row) -> None:
    tiny = Tiny(tmp_path / "tiny", engine, "fltinyfirst", row)
    tiny.commit(BAD, "one")
    result = tiny.deploy()
    assert result.code == 4, result.err + result.out
    assert "no release to return to" in result.err + result.out + json.dumps(result.report)
    label = "label=com.docker.compose.project=fltinyfirst"
    assert engine.docker("ps", "--all", "--quiet", "--filter", label) == ""
    assert tiny.flawless("rollback").code == 2


@pytest.mark.fault(37)
def test_what_nobody_could_measure_is_no_pass(engine: SecondEngine, tmp_path: Path, row: Row) -> None:
    tiny = Tiny(tmp_path / "tiny", engine, "fltinydark", row)
    tiny.commit(GOOD, "one")
    result = tiny.deploy(allowed=())
    assert result.code in (3, 4), result.err + result.out
    outcomes = {verdict["check"]: verdict["outcome"] for verdict in result.report["verdicts"]}
    assert outcomes.get("running-revision-differs") != "pass"
    assert outcomes.get("response-slow") != "pass"


@pytest.mark.fault(43)
def test_two_projects_deploy_at_the_same_time(tiny: Tiny, engine: SecondEngine, tmp_path: Path, row: Row) -> None:
    other = Tiny(tmp_path / "other", engine, f"{tiny.project}x", row)
    other.commit(GOOD, "their")
    tiny.commit(BAD, "two")
    results: list[Result] = []
    beside = threading.Thread(target=lambda: results.append(other.deploy()))
    beside.start()
    ours = tiny.deploy()
    beside.join(timeout=300)
    assert ours.code == 4, ours.err + ours.out
    assert results[0].code == 0, results[0].err + results[0].out
    tiny.serves("one")
    other.serves("their")
