"""A running stack as ``status``, ``logs``, ``net`` and ``top`` show it, and its machine as ``doctor`` does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.harness import docker, until

pytestmark = pytest.mark.engine

PROJECT = "flawless-seen"
SECRET = "hunter2-seen-nowhere"
SAYS = f"echo first; echo 'ERROR no room for {SECRET}' >&2; printf 'title \\033]0;x\\007\\n'; exec sleep 600"
SERVICES: dict[str, dict[str, Any]] = {
    "talker": {"command": ["sh", "-c", SAYS], "networks": ["edge"], "environment": {"API_PASSWORD": SECRET}},
    "quiet": {"command": ["sleep", "600"], "networks": ["data"]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The started stack's folder; nothing of it is left."""
    place = tmp_path_factory.mktemp("seen")
    services = {name: {"image": "debian:bookworm-slim", "init": True, **each} for name, each in SERVICES.items()}
    networks: dict[str, Any] = {"edge": {}, "data": {"internal": True}}
    file = place / "compose.yaml"
    file.write_text(json.dumps({"name": PROJECT, "services": services, "networks": networks}))
    compose = ("docker", "compose", "-f", str(file))
    try:
        subprocess.run((*compose, "up", "-d", "--pull", "never"), capture_output=True, timeout=120, check=True)
        until(lambda: "ERROR" in said(place, "logs", "--no-color"), 20, "the talker has spoken")
        yield place
    finally:
        subprocess.run((*compose, "down", "-t", "0"), capture_output=True, timeout=120, check=True)


def said(folder: Path, *words: str) -> str:
    """What Compose prints."""
    argv = ("docker", "compose", "-f", str(folder / "compose.yaml"), *words)
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout


def flawless(folder: Path, *words: str, code: int = 0) -> str:
    """What a command prints; it shows no secret and sends the terminal nothing but text."""
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "100", "LINES": "30"}
    done = subprocess.run(
        (sys.executable, "-m", "flawless", *words),
        cwd=folder, env=environment, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    return done.stdout


def test_status_tells_how_each_service_stands(folder: Path) -> None:
    found = flawless(folder, "status")
    assert "talker" in found
    assert "quiet" in found
    assert json.loads(flawless(folder, "status", "--format", "json"))["exit_code"] == 0


def test_status_says_that_a_service_is_down(folder: Path) -> None:
    docker("stop", "--time", "0", f"{PROJECT}-quiet-1")
    try:
        flawless(folder, "status", code=1)
    finally:
        docker("start", f"{PROJECT}-quiet-1")


def test_logs_of_all_services_are_merged_masked_and_filtered(folder: Path) -> None:
    lines = flawless(folder, "logs").splitlines()
    assert [line for line in lines if "first" in line]
    assert [line for line in lines if "ERROR no room for" in line]
    (only,) = flawless(folder, "logs", "--level", "error").splitlines()
    assert "ERROR no room for" in only
    assert flawless(folder, "logs", "quiet") == ""


def test_net_shows_who_is_on_which_network(folder: Path) -> None:
    found = json.loads(flawless(folder, "net", "--format", "json"))
    members = {each["key"]: [one["service"] for one in each["members"]] for each in found["networks"]}
    assert members == {"edge": ["talker"], "data": ["quiet"]}


def test_top_prints_one_frame_of_what_is_measured(folder: Path) -> None:
    frame = flawless(folder, "top", "--once", "--no-ask")
    assert all(len(line) <= 100 for line in frame.splitlines())
    assert "talker" in frame
    assert "quiet" in frame


def test_doctor_sees_the_engine_that_answers(folder: Path) -> None:
    found = json.loads(flawless(folder, "doctor", "--format", "json"))
    stands = {need["name"]: need["health"] for need in found["needs"]}
    assert {stands[name] for name in ("engine", "disk", "memory")} <= {"ok", "warn"}
    assert (stands["compose"], stands["git"], stands["folder"]) == ("ok", "ok", "ok")


def test_watch_keeps_what_it_saw_and_says_what_cannot_be_seen(folder: Path) -> None:
    found = flawless(folder, "watch", "--interval", "0.5", "--for", "3s", "--no-ask")
    assert f"watching {PROJECT} every 0.5 s; told of alerts: nobody" in found
    assert "? certificate of flawless-seen cannot be seen: no service publishes a port" in found
    assert "✘" not in found
    kept = flawless(folder, "history", "--samples")
    assert "quiet-1" in kept
    assert "talker-1" in kept


def test_watch_raises_an_alert_for_a_service_that_is_stopped_and_clears_it(folder: Path) -> None:
    docker("stop", "-t", "0", f"{PROJECT}-quiet-1")
    found = flawless(folder, "watch", "--interval", "0.5", "--for", "12s", "--no-ask", code=1)
    assert "✘ service of quiet: exited with " in found
    assert "do: flawless diagnose quiet" in found
    docker("start", f"{PROJECT}-quiet-1")
    assert "✔ service of quiet is over" in flawless(folder, "watch", "--interval", "0.5", "--for", "12s", "--no-ask")
    assert "✔ service of quiet" in flawless(folder, "history", "--samples")


def test_a_stack_is_watched_once_and_a_unit_that_watches_it_can_be_read_by_systemd(folder: Path) -> None:
    with subprocess.Popen(
        (sys.executable, "-m", "flawless", "watch", "--no-ask", "--metrics", "127.0.0.1:0"),
        cwd=folder, stdout=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        try:
            assert first.stdout is not None
            lines = first.stdout
            until(lambda: "watching" in lines.readline(), 20, "the first watch stands")
            flawless(folder, "watch", "--for", "1s", code=6)
        finally:
            first.terminate()
    assert first.returncode == 130
    flawless(folder, "watch", "--write-unit", "seen.service", "--interval", "10")
    unit = (folder / "seen.service").read_text()
    assert '"watch"' in unit
    assert '"--interval" "10"' in unit
    if verify := shutil.which("systemd-analyze"):
        read = subprocess.run(
            (verify, "verify", str(folder / "seen.service")), capture_output=True, text=True, timeout=60, check=False
        )
        assert "seen.service" not in read.stderr
