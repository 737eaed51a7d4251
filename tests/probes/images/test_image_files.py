"""Images built for the test and read on the real engine: their layers, their configuration, what the checks say."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flawless.app.ports import make_ports
from flawless.checks.images import healthcheck_missing, init_doubled, init_missing, runs_as_root, single_stage_build
from flawless.checks.secrets import secret_in_image
from flawless.judging.run import run
from flawless.model.check import Check, Level, Outcome
from flawless.model.facts import Fact, Facts, Known, Unknown, known
from flawless.model.keys import DOCKERFILE, IMAGE_FILES
from flawless.model.observed import ImageFiles
from flawless.model.settings import Settings
from flawless.model.stack import Build, Service, Stack
from flawless.ports.bundle import Target
from flawless.probes.files._dockerfile import parse
from flawless.probes.images import image_config, image_files
from flawless.testing import samples
from tests.scenarios.harness import docker

pytestmark = pytest.mark.engine

BASE = "debian:bookworm-slim"
NAME = "flawless-layers-test"
BUILD = Build("/sample", "/sample/Dockerfile", "", (), samples.HERE)
BAD = f"""\
FROM {BASE}
COPY . /app
RUN rm /app/.env && mkdir -p /opt/gcc/bin && touch /opt/gcc/bin/gcc
ENTRYPOINT ["tini", "--"]
CMD ["app"]
"""
GOOD = f"""\
FROM {BASE}
COPY app.py /app/
RUN useradd app
USER app
HEALTHCHECK CMD ["true"]
CMD ["app"]
"""
FILES = {
    ".env": "LOG_LEVEL=info\nDB_PASSWORD=CANARY-1\n",
    "app.py": "print()\n",
    "src/main.rs": "fn main() {}\n",
    "tls/server.key": "-----BEGIN PRIVATE KEY-----\nCANARY-2\n",
}


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A bad and a good image by Dockerfile; both are removed in the end."""
    made = {}
    for name, text in (("bad", BAD), ("good", GOOD)):
        folder: Path = tmp_path_factory.mktemp(name)
        for file, content in FILES.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(content)
        (folder / "Dockerfile").write_text(text)
        made[text] = f"{NAME}:{name}"
        argv = ("docker", "build", "--quiet", "--tag", made[text], str(folder))
        subprocess.run(argv, check=True, capture_output=True, timeout=300)
    yield made
    docker("rmi", "--force", *made.values())


def gathered(service: Service) -> tuple[Stack, Facts]:
    """A stack of that service, and what both probes say of its image."""
    stack = samples.stack(service)

    async def look() -> list[Fact]:
        ports = make_ports()
        target = Target(stack, Settings(), ports)
        try:
            return [*await image_files.gather(target), *await image_config.gather(target)]
        finally:
            await ports.engine.close()

    return stack, Facts(asyncio.run(look()))


def built(image: str, **changes: Any) -> Service:
    return samples.service("app", **{"image": image, "build": BUILD, "user": "", "health": None, **changes})


def files_of(image: str) -> ImageFiles:
    reading = gathered(built(image))[1].of(IMAGE_FILES)["service:app"]
    assert isinstance(reading, Known), reading
    return reading.value


def test_programs_sources_and_deleted_secrets_are_seen_and_the_good_image_has_none(images: dict[str, str]) -> None:
    bad, good = files_of(images[BAD]), files_of(images[GOOD])
    assert (bad.compilers, bad.sources) == (("opt/gcc/bin/gcc",), ("app/src/main.rs",))
    assert sorted(f"{hit.path}:{hit.line} {hit.kind}" for hit in bad.secrets) == [
        "app/.env:2 the value of DB_PASSWORD, which a later layer deletes",
        "app/tls/server.key:1 a private key",
    ]
    assert (good.compilers, good.sources, good.secrets) == ((), (), ())
    assert "usr/bin/apt-get" in good.managers
    assert (bad.layers, good.layers) == (3, 3)


@pytest.mark.parametrize(
    ("check", "bad", "good"),
    [
        (secret_in_image.CHECK, Outcome.FAIL, Outcome.PASS),
        (single_stage_build.CHECK, Outcome.FAIL, Outcome.PASS),
        (runs_as_root.CHECK, Outcome.FAIL, Outcome.PASS),
        (healthcheck_missing.CHECK, Outcome.FAIL, Outcome.PASS),
        (init_missing.CHECK, Outcome.PASS, Outcome.FAIL),
    ],
    ids=lambda value: getattr(value, "id", ""),
)
def test_the_checks_tell_the_images_apart(images: dict[str, str], check: Check, bad: Outcome, good: Outcome) -> None:
    for text, outcome in ((BAD, bad), (GOOD, good)):
        stack, facts = gathered(built(images[text]))
        rule = next(rule for rule in check.rules if rule.level is Level.IMAGE).waited_for()
        dockerfile = known(DOCKERFILE, "service:app", parse(text.replace("/gcc", "/x"), "Dockerfile", BUILD))
        (verdict,) = run([(check, rule)], stack, facts.merged([dockerfile]))
        assert verdict.outcome is outcome, verdict


def test_two_inits_are_seen_in_the_image(images: dict[str, str]) -> None:
    stack, facts = gathered(built(images[BAD], init=True))
    (verdict,) = run([(init_doubled.CHECK, init_doubled.CHECK.rules[1])], stack, facts)
    assert verdict.outcome is Outcome.FAIL


def test_images_from_elsewhere_and_absent_ones_are_not_read() -> None:
    elsewhere = gathered(samples.service("app", image=BASE))[1].of(IMAGE_FILES)["service:app"]
    assert isinstance(elsewhere, Unknown)
    assert "is not built here" in elsewhere.reason
    absent = gathered(built("flawless-layers-test:absent"))[1].of(IMAGE_FILES)["service:app"]
    assert isinstance(absent, Unknown)
    assert "does not have the image" in absent.reason
