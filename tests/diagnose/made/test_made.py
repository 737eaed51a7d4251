"""Causes made on the engine with real programs are named first by the real command; what runs well is left alone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.diagnose.made.cases import IMAGE, MADE, OTHERS, TAKEN, WELL, Made, Service
from tests.mutations._clean import certificate_for
from tests.scenarios.harness import docker

pytestmark = [pytest.mark.engine, pytest.mark.full]

PROJECT = "flawless-causes"
HERE = Path(__file__).parent
PATIENCE = 90.0
Found = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a stack whose services failed, each of its own cause; nothing of it is left."""
    place = tmp_path_factory.mktemp("causes")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _certificates(place)
    (place / "compose.yaml").write_text(json.dumps(_stack(place)).replace("{port}", str(port)))
    docker("build", "--quiet", "--tag", IMAGE, str(HERE))
    strangers = [
        docker("create", "--name", TAKEN, IMAGE, "true"),
        docker("run", "--detach", "--publish", f"127.0.0.1:{port}:80", IMAGE, "sleep", "900"),
    ]
    compose = ("docker", "compose", "-f", str(place / "compose.yaml"))
    try:
        _start(compose)
        yield place
    finally:
        docker("rm", "--force", *strangers)
        # Few at a time: Docker 20.10 may lock itself up (libnetwork) when so many leave a network at once.
        few = {**os.environ, "COMPOSE_PARALLEL_LIMIT": "4"}
        subprocess.run((*compose, "down", "-t", "0"), env=few, capture_output=True, timeout=300, check=True)


def _certificates(place: Path) -> None:
    days = {"expired": (-20, -1), "early": (5, 20)}
    for name, (begins, ends) in days.items():
        pem, key = certificate_for(name, begins=timedelta(days=begins), ends=timedelta(days=ends))
        (place / f"{name}.pem").write_bytes(pem)
        (place / f"{name}.key").write_bytes(key)
        (place / f"{name}.key").chmod(0o644)
    place.chmod(0o755)


def _stack(place: Path) -> dict[str, Any]:
    made = {each.name: each.service for each in MADE}
    services = {name: _service(place, service) for name, service in {**WELL, **OTHERS, **made}.items()}
    return {"name": PROJECT, "services": services}


def _service(place: Path, service: Service) -> Service:
    common = {"image": IMAGE, "pull_policy": "never", "stop_grace_period": "1s", "volumes": [f"{place}:/made"]}
    return {**common, **service}


def _start(compose: tuple[str, ...]) -> None:
    """What others talk to first; of the rest each may fail to start in its own way."""
    subprocess.run((*compose, "up", "-d", *WELL, *OTHERS), capture_output=True, timeout=300, check=True)
    for each in MADE:
        if each.cause != "no-container":
            subprocess.run((*compose, "up", "-d", "--no-deps", each.name), capture_output=True, timeout=60, check=False)
    for each in MADE:
        if each.signal:
            docker("kill", "--signal", each.signal, f"{PROJECT}-{each.name}-1")


@pytest.fixture(scope="module")
def found(folder: Path) -> Found:
    """The causes by service, as soon as all are named, or what is named when patience ends."""
    deadline = time.monotonic() + PATIENCE
    while True:
        argv = (sys.executable, "-m", "flawless", "diagnose", "-C", str(folder), "--format", "json")
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
        causes: Found = {}
        for each in json.loads(done.stdout)["causes"]:
            causes.setdefault(each["service"], []).append(each)
        if all(_is_named(made, causes) for made in MADE) or time.monotonic() > deadline:
            return causes


def _is_named(made: Made, causes: Found) -> bool:
    return [each["cause"] for each in causes.get(made.name, ())][:1] == [made.cause]


@pytest.mark.parametrize("made", MADE, ids=lambda made: f"{made.cause}-{made.name}")
def test_the_cause_is_named_first_with_its_line(made: Made, found: Found) -> None:
    assert _is_named(made, found), found.get(made.name)
    assert made.line in found[made.name][0]["evidence"]


@pytest.mark.parametrize("name", WELL)
def test_nothing_is_claimed_of_what_runs_well(name: str, found: Found) -> None:
    assert name not in found or [each["cause"] for each in found[name]] == []
