"""Our hash of a definition is the one that Compose puts on what it makes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from flawless.compose.command import binary
from flawless.compose.definitions import of_network, of_volume

STACK = """
services:
  idle:
    image: debian:bookworm-slim
    command: ["true"]
    networks: [default, plain, inner]
    volumes: ["plain:/a", "labelled:/b", "explicit:/c"]
networks:
  plain: {}
  inner:
    internal: true
    driver: bridge
    labels: {odd: "a<b & c>d"}
    ipam: {config: [{subnet: 10.213.77.0/24}]}
volumes:
  plain:
  labelled: {labels: {team: shop}}
  explicit: {driver: local}
"""


def test_a_driver_that_is_not_written_is_the_local_one() -> None:
    assert of_volume({"name": "x_data"}) == of_volume({"name": "x_data", "driver": "local"})


def test_what_differs_has_another_hash() -> None:
    plain = {"name": "x_app", "ipam": {}}
    assert len({of_network(plain), of_network({**plain, "internal": True}), of_network({**plain, "name": "y"})}) == 3


@pytest.mark.parametrize(
    "raw",
    [
        {"name": "x", "external": True},
        {"name": "x", "driver_opts": {"o": "username=a,password=b"}},
        {"name": "x", "labels": {"token": "hunter22"}},
    ],
    ids=["external", "password-of-a-share", "known-secret"],
)
def test_what_is_not_ours_or_holds_a_secret_has_none(raw: dict[str, object]) -> None:
    assert of_volume(raw, ["hunter22"]) == of_network(raw, ["hunter22"]) == ""


@pytest.mark.engine
def test_it_is_the_label_that_compose_gives(tmp_path: Path) -> None:
    project = f"h6def{os.getpid()}"
    (tmp_path / "compose.yaml").write_text(STACK)

    def run(*argv: str) -> str:
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
        return done.stdout

    compose = (binary(), "--project-name", project)
    model = json.loads(run(*compose, "config", "--format", "json"))
    try:
        run(*compose, "create")
        for name, raw in model["networks"].items():
            assert _label(run("docker", "network", "inspect", raw["name"])) == of_network(raw), name
        for name, raw in model["volumes"].items():
            assert _label(run("docker", "volume", "inspect", raw["name"])) == of_volume(raw), name
    finally:
        run(*compose, "down", "--volumes")


def _label(inspected: str) -> str:
    label = json.loads(inspected)[0]["Labels"]["com.docker.compose.config-hash"]
    assert label
    return str(label)
