"""Images of a release: built from the clean export, or pulled, before anything that serves is touched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

from flawless.app.session import Session
from flawless.deploy.failure import StepFailedError
from flawless.deploy.model_text import to_text
from flawless.model.facts import Fact, Known, known, service_subject
from flawless.model.keys import BUILD
from flawless.model.observed import BuildResult
from flawless.model.report import Cause
from flawless.ports.engine import PROJECT_LABEL, Engine
from flawless.ports.streams import engine_time

BUILD_SECONDS = 1800.0
PULL_SECONDS = 600.0
_TAIL = 15
_RUNNING = re.compile(r"^ ?-+> Running in (?P<id>[0-9a-f]{12})$")
_REMOVED = re.compile(r"Removing intermediate container (?P<id>[0-9a-f]{12})$")


class Built(Struct, frozen=True):
    """Image ids by service, how each build went as facts, and the names that only this build used."""

    images: dict[str, str]
    facts: tuple[Fact, ...]
    names: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[tuple[str, BuildResult], ...]:
        """The services whose image does not build, and how it ended."""
        results = ((fact.subject.removeprefix("service:"), fact.reading) for fact in self.facts)
        return tuple((name, each.value) for name, each in results if isinstance(each, Known) and not each.value.ok)


async def build(session: Session, model: dict[str, Any], file: Path, *, no_cache: bool, go_on: bool = False) -> Built:
    """Build or pull the image of every service; the facts tell which failed.

    It ends with the first that does not build, or goes on with the others when asked to. A service that has no image
    then is not in ``images``. Raise StepFailedError for one that cannot be pulled.
    """
    session.ports.files.write(file, to_text(model).encode())
    facts: list[Fact] = []
    for name, service in model["services"].items():
        if service.get("build"):
            facts.append(await _build_one(session, file, name, no_cache=no_cache))
            if not go_on and Built({}, tuple(facts)).failed:
                break
        elif await session.ports.engine.image(service["image"]) is None and not _built_here(model, service["image"]):
            await _pull(session, file, name)
    images = {name: await _image_id(session, service["image"]) for name, service in model["services"].items()}
    session.ports.files.remove(file)
    return Built(
        images={name: image for name, image in images.items() if image},
        facts=tuple(facts),
        names=tuple(service["image"] for service in model["services"].values() if service.get("build")),
    )


def _built_here(model: dict[str, Any], image: str) -> bool:
    return any(other.get("build") and other["image"] == image for other in model["services"].values())


def _argv(session: Session, file: Path, *args: str) -> list[str]:
    return [*session.compose, "--project-name", session.stack.name, "--file", str(file), *args]


async def _build_one(session: Session, file: Path, name: str, *, no_cache: bool) -> Fact:
    session.progress(f"building {name}")
    argv = _argv(session, file, "build", *(["--no-cache"] if no_cache else []), name)

    # Without buildx Compose falls back to the engine's own builder, which knows no BuildKit syntax.
    def told(line: str) -> None:
        session.progress(f"building {name}: {session.ports.masker.mask(line.strip())[:100]}")

    result = await session.ports.shell.run(argv, timeout=BUILD_SECONDS, on_line=told)
    evidence = result.evidence(session.ports.masker)
    lines = session.ports.masker.mask(result.stdout + result.stderr).splitlines()
    tail = tuple(line for line in lines if line.strip())[-_TAIL:]
    if not result.ok:
        await _remove_leftovers(session.ports.engine, lines, result.at)
    value = BuildResult(result.ok, round(result.seconds, 1), () if result.ok else tail)
    return known(BUILD, service_subject(name), value, [evidence], result.at)


async def _remove_leftovers(engine: Engine, lines: Iterable[str], since: float) -> None:
    """Remove the container of a step that failed: the engine's own builder leaves it there, without any label.

    It is known by what the builder itself said of it, and only one that has ended, that began after the build did, and
    that belongs to no project is removed.
    """
    left: dict[str, None] = {}
    for line in lines:
        if began := _RUNNING.search(line):
            left[began["id"]] = None
        elif removed := _REMOVED.search(line):
            left.pop(removed["id"], None)
    for ref in left:
        found = await engine.container(ref)
        labels = ((found or {}).get("Config") or {}).get("Labels") or {}
        ended = found is not None and found["State"]["Status"] in ("exited", "dead")
        if found and ended and PROJECT_LABEL not in labels and engine_time(found["Created"]) >= since:
            await engine.remove(found["Id"], force=True)


async def _pull(session: Session, file: Path, name: str) -> None:
    session.progress(f"pulling {name}")
    result = await session.ports.shell.run(_argv(session, file, "pull", name), timeout=PULL_SECONDS)
    if not result.ok:
        said = session.ports.masker.mask(result.stderr).strip().splitlines()[-3:]
        shown = tuple(f"{name} | {line}" for line in said)
        raise StepFailedError(Cause(f"the image of {name} cannot be pulled", shown, "see whether its registry answers"))


async def _image_id(session: Session, ref: str) -> str:
    """The id of an image; "" when the engine does not have it."""
    image = await session.ports.engine.image(ref)
    return str(image["Id"]) if image else ""


def pin(stack: str, service: str, image_id: str) -> tuple[str, str]:
    """Repository and tag that keep an image; the same image keeps the same name from release to release."""
    return f"flawless/{stack}-{service}", image_id.removeprefix("sha256:")[:12]
