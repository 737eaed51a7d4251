"""Data kept and put back, a stack made anew, a service that says more: with another project beside it, untouched."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.harness import FLAWLESS, docker, until
from tests.scenarios.keeper import Keeper, of_project, untouched

pytestmark = pytest.mark.engine

OTHER = f"flother{os.getpid()}"


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    """A stack whose first release is good, with something in every store."""
    made = Keeper(tmp_path_factory.mktemp("keeper"), f"flkeeper{os.getpid()}")
    try:
        first = made.deploy()
        assert first.code == 0, first.err + first.out
        made.fill()
        yield made
    finally:
        made.remove()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[None]:
    """Another project, which must be afterwards what it was before."""
    with untouched(tmp_path / "other", OTHER):
        yield


def test_a_database_and_a_volume_are_kept_and_come_back_byte_for_byte(keeper: Keeper, other: None) -> None:
    before = keeper.content()
    name = keeper.backup("postgres", "uploads", "--verify")
    listed = keeper.plain("backup", "--list").stdout
    assert name in listed and "yes" in listed
    keeper.spoil()
    assert keeper.files_and_rows() != (before[0], before[3])

    refused = keeper.plain("restore", name)
    assert refused.returncode == 2
    assert "stops meanwhile: backend, worker" in refused.stderr
    done = keeper.flawless("restore", name, "--confirm", keeper.project)
    assert done.code == 0, done.err + done.out
    assert keeper.files_and_rows() == (before[0], before[3])
    assert keeper.redis("get", "later") == "yes", "it was not in the backup, so it is as it was"
    assert keeper.left_over() == []
    keeper.fill_cache()


@pytest.mark.full
def test_redis_comes_back_and_is_the_same_after_its_next_start(keeper: Keeper, other: None) -> None:
    before = keeper.content()
    name = keeper.backup("cache")
    keeper.spoil_cache()
    done = keeper.flawless("restore", name, "--confirm", keeper.project)
    assert done.code == 0, done.err + done.out
    assert keeper.content() == before
    docker("restart", keeper.containers()["cache"])
    until(lambda: "healthy" in docker("ps", "--filter", f"id={keeper.containers()['cache']}"), 30, "the cache is up")
    assert keeper.content() == before, "what was written before the restore must not come back with a start"


@pytest.mark.full
def test_a_damaged_backup_is_refused_before_anything_is_touched(keeper: Keeper) -> None:
    name, running = keeper.backup("uploads"), keeper.containers()
    path = keeper.folder / ".flawless" / "saved" / name / "uploads.tar"
    raw = bytearray(path.read_bytes())
    raw[-20_000] ^= 1
    path.write_bytes(raw)
    done = keeper.flawless("restore", name, "--confirm", keeper.project)
    assert done.code == 2
    assert "checksum differs" in done.err
    assert keeper.containers() == running


@pytest.mark.full
def test_a_reset_makes_everything_anew_and_leaves_the_data(keeper: Keeper, other: None) -> None:
    before, running = keeper.content(), keeper.containers()
    assert keeper.flawless("reset").code == 2, "nobody said yes"
    assert keeper.containers() == running
    done = keeper.flawless("reset", "--yes", "--soak", "1s")
    assert done.code == 0, done.err + done.out
    assert f"stays: volume {keeper.project}_data" in done.err
    assert not set(keeper.containers().values()) & set(running.values())
    assert set(keeper.containers()) == set(running)
    assert keeper.content() == before


@pytest.mark.full
def test_a_reset_with_volumes_keeps_a_backup_that_brings_all_of_it_back(keeper: Keeper, other: None) -> None:
    before = keeper.content()
    refused = keeper.flawless("reset", "--volumes", "--yes")
    assert refused.code == 2
    assert f"goes: volume {keeper.project}_data" in refused.err
    assert keeper.content() == before
    done = keeper.flawless("reset", "--volumes", "--confirm", keeper.project, "--soak", "1s")
    assert done.code == 0, done.err + done.out
    assert "carl" not in keeper.sql("select * from customers")
    (name,) = [line.split()[0] for line in keeper.plain("backup", "--list").stdout.splitlines()[1:2]]
    back = keeper.flawless("restore", name, "--confirm", keeper.project)
    assert back.code == 0, back.err + back.out
    assert keeper.content() == before


@pytest.mark.full
def test_down_leaves_nothing_but_the_volumes_and_a_deploy_brings_it_up(keeper: Keeper, other: None) -> None:
    before = keeper.content()
    done = keeper.flawless("reset", "--down", "--yes")
    assert done.code == 0, done.err + done.out
    containers, networks, volumes = of_project(keeper.project)
    assert (containers, networks) == ("", "")
    assert len(volumes.split()) == 3
    assert keeper.flawless("deploy", "--soak", "1s").code == 0
    assert keeper.content() == before


@pytest.mark.full
def test_a_restore_that_was_killed_is_told_of_and_finished_by_another(keeper: Keeper) -> None:
    before = keeper.content()
    name = keeper.backup()
    keeper.spoil()
    process = subprocess.Popen(
        (*FLAWLESS, "restore", name, "--confirm", keeper.project), cwd=keeper.folder, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr
    for line in process.stderr:
        if "restoring shop" in line:
            break
    process.kill()
    process.wait(timeout=30)
    for command in ("resume", "recover", "deploy", "rollback"):
        refused = keeper.flawless(command)
        assert refused.code == 6, command
        assert f"flawless restore {name}" in refused.err
    done = keeper.flawless("restore", name, "--confirm", keeper.project)
    assert done.code == 0, done.err + done.out
    assert keeper.content() == before


@pytest.mark.full
@pytest.mark.parametrize("end", ["time", "interrupt", "kill"])
def test_a_service_says_more_for_a_while_and_returns(keeper: Keeper, other: None, end: str) -> None:
    assert "LOG_LEVEL=info" in keeper.variables("worker")
    seconds = "4s" if end == "time" else "10m"
    process = subprocess.Popen(
        (*FLAWLESS, "debug", "worker", "--for", seconds), cwd=keeper.folder, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr
    for line in process.stderr:
        if "Ctrl-C" in line:
            break
    assert "LOG_LEVEL=debug" in keeper.variables("worker")
    if end != "time":
        process.send_signal(signal.SIGINT if end == "interrupt" else signal.SIGKILL)
    process.communicate(timeout=60)
    if end == "kill":
        assert "LOG_LEVEL=debug" in keeper.variables("worker")
        assert keeper.plain("debug", "--off").returncode == 0
    assert "LOG_LEVEL=info" in keeper.variables("worker")
    history = keeper.plain("history").stdout
    assert "debug " in history and "debug-off" in history
    assert keeper.plain("debug", "--off").stdout.strip() == "nothing is debugged"


@pytest.mark.full
def test_what_cannot_be_debugged_is_told(keeper: Keeper) -> None:
    running = keeper.containers()
    for words, said in ((("postgres",), "is a database"), (("backend",), "--set"), (("nobody",), "no service nobody")):
        done = keeper.plain("debug", *words)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert keeper.containers() == running
