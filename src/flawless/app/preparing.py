"""Everything before the first container is touched: build, look at the images, record the release."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct, structs

from flawless.app.build import Built, build, pin
from flawless.app.judge import NOTHING, Judged, judge
from flawless.app.model_file import build_model, own_name, recorded_files, relocated, run_model
from flawless.app.partial import left_behind, narrowed
from flawless.app.reporting import decide
from flawless.app.session import Session
from flawless.app.sites import config_hashes, folder_of, plain_hashes, write_model
from flawless.app.source import Checkout, export
from flawless.app.store import Store
from flawless.deploy.failure import StepFailedError
from flawless.deploy.plan import handed_names
from flawless.deploy.site import Outcome
from flawless.errors import EngineError
from flawless.model.check import Level
from flawless.model.facts import Fact, known, service_subject
from flawless.model.keys import FORMER_IMAGE
from flawless.model.observed import FormerImage
from flawless.model.plan import StepKind
from flawless.model.release import Release, ReleaseService, ReleaseState
from flawless.model.report import Cause
from flawless.model.stack import Stack


def new_release(session: Session, checkout: Checkout, parent: str) -> Release:
    """A release that is about to be built."""
    now = session.ports.clock.now()
    return Release(
        id=session.ports.ids.new(now),
        stack=session.stack.name,
        revision=checkout.revision,
        created=now,
        stack_digest=session.stack.digest,
        env_digest="",
        services=(),
        config="",
        parent=parent,
        clean=checkout.clean,
    )


class Preparation(Struct):
    """A release in the making; each action fills in what the next one needs.

    ``go_on``: an image that does not build is left to the checks instead of ending it. ``only``: all other services
    are those of ``parent``.
    """

    session: Session
    store: Store
    checkout: Checkout
    release: Release
    no_cache: bool = False
    only: tuple[str, ...] = ()
    parent: Release | None = None
    go_on: bool = False
    built: Built = Built({}, ())
    judged: Judged = NOTHING
    notes: tuple[str, ...] = ()

    def actions(self) -> dict[StepKind, Callable[[], Awaitable[Outcome]]]:
        """What the runner takes for the steps of the preparation."""
        return {StepKind.BUILD: self.build, StepKind.INSPECT: self.inspect, StepKind.SNAPSHOT: self.snapshot}

    async def build(self) -> Outcome:
        """Export the commit and build every image from it."""
        session = self.session
        work = folder_of(session, self.release.id)
        tree = await export(self.checkout, work / "tree", session.ports.shell)
        model = build_model(session.resolved.model, session.stack, tree, self.checkout.revision, self.release.id)
        self.built = await build(session, model, work / "build.json", no_cache=self.no_cache, go_on=self.go_on)
        if not self.go_on:
            self._refuse_failed()
        names = ", ".join(f"{name} {image[7:19]}" for name, image in self.built.images.items())
        return Outcome(True, f"every image is there: {names}")

    def _refuse_failed(self) -> None:
        for name, result in self.built.failed:
            shown = tuple(f"{name} | {line}" for line in result.tail)
            raise StepFailedError(Cause(f"the image of {name} does not build", shown, "mend the step that failed"))
        for service in self.session.stack.services:
            if service.name not in self.built.images:
                raise EngineError(f"the engine has no image of {service.name} although it was built", where="build")

    async def inspect(self) -> Outcome:
        """Judge the images; a blocking fault ends the deploy before anything is touched."""
        self.judged = await self.look([Level.IMAGE])
        decision = decide(self.session, self.judged)
        if self.judged.verdicts and not decision.go:
            raise StepFailedError(verdict_cause(self.judged, decision.forced_by, decision.reason))
        return Outcome(True, f"{len(self.judged.verdicts)} checks of the images: {decision.reason}")

    async def look(self, levels: Iterable[Level]) -> Judged:
        """Judge what was built, beside the images of the last good release."""
        extra = (*self.built.facts, *await self._former())
        return await judge(self._with_built(), levels, extra=extra)

    async def _former(self) -> list[Fact]:
        """The image of each service in the last good release, so far as it is still here."""
        good = await self.store.good()
        ids = {service: image_id for service, _, image_id in good.images} if good else {}
        facts = []
        for service in self.session.stack.services:
            image = await self.session.ports.engine.image(ids[service.name]) if service.name in ids else None
            former = FormerImage(good.id, int(image["Size"])) if good and image else FormerImage("", 0)
            facts.append(known(FORMER_IMAGE, service_subject(service.name), former, (), self.session.ports.clock.now()))
        return facts

    async def discard(self) -> None:
        """Take away what building left behind, for a look that no release follows."""
        for name in self.built.names:
            await self.session.ports.engine.remove_image(name)
        self.session.ports.files.remove(folder_of(self.session, self.release.id))

    def _with_built(self) -> Session:
        return structs.replace(self.session, stack=on_images(self.session.stack, self.built.images))

    async def snapshot(self) -> Outcome:
        """Pin the images, record model and files, and keep all of it with the engine."""
        await self.record()
        await self.store.save(self.release)
        return Outcome(True, f"release {self.release.id} is kept with the engine")

    async def record(self) -> None:
        """Fill in the release: images by id and tag, the model that runs them, the files it mounts."""
        session = self.session
        tree = folder_of(session, self.release.id) / "tree"
        pins = await self._pin()
        self.release = self._composed(pins)
        hashes = await config_hashes(session, write_model(session, self.release))
        plain = await plain_hashes(session)
        services = tuple(
            ReleaseService(name, self.built.images[name], tag, hashes.get(name, ""), plain.get(name, ""))
            for name, tag in pins.items()
        )
        self.release = structs.replace(self.release, services=services, state=ReleaseState.SWITCHING)
        session.ports.files.remove(tree)
        if self.only and self.parent:
            self.notes = (*self.notes, *left_behind(self.release, self.parent, self.only))
            self.release = await narrowed(session, self.store, self.release, self.parent, self.only)

    def on_built(self) -> Release:
        """The release as it would run, its images by id; nothing is tagged, and nothing recorded."""
        services = tuple(ReleaseService(name, image, image, "") for name, image in self.built.images.items())
        return structs.replace(self._composed(self.built.images), services=services)

    def _composed(self, images: Mapping[str, str]) -> Release:
        """The release with its model, on these images by service, and the files that it mounts."""
        session = self.session
        files, self.notes = recorded_files(session.stack, folder_of(session, self.release.id) / "tree")
        live, handed = session.folder / "live", handed_names(session.stack)
        model = run_model(session.resolved.model, session.root, live, images, set(files), handed=handed)
        return structs.replace(
            self.release,
            config=msgspec.json.encode(model).decode(),
            env_digest=self.store.vault.fingerprint(environment_of(model)),
            model=relocated(session.stack, live, set(files), handed),
            files=tuple(file for group in files.values() for file in group),
        )

    async def _pin(self) -> dict[str, str]:
        pins = {}
        for name, image_id in self.built.images.items():
            repository, tag = pin(self.session.stack.name, name, image_id)
            await self.session.ports.engine.tag(image_id, repository, tag)
            pins[name] = f"{repository}:{tag}"
        for name in self.built.names:
            await self.session.ports.engine.remove_image(name)
        return pins


async def forget(session: Session, release: str) -> None:
    """Take away what was built under a release's id, for one that was never recorded; what runs is not touched."""
    session.ports.files.remove(folder_of(session, release))
    for service in session.stack.services:
        await session.ports.engine.remove_image(own_name(session.stack, service.name, release))


def on_images(stack: Stack, images: Mapping[str, str]) -> Stack:
    """The stack with its services on the images just built, whatever its files call them.

    An image from elsewhere keeps its name, which tells what it is.
    """
    own = {each.image for each in stack.services if each.build}
    services = (
        structs.replace(each, image=images.get(each.name, each.image)) if each.build or each.image in own else each
        for each in stack.services
    )
    return structs.replace(stack, services=tuple(services))


def environment_of(model: dict[str, Any]) -> bytes:
    """The environment of all services as bytes, the same for the same values."""
    environments = {name: service.get("environment") or {} for name, service in model["services"].items()}
    return msgspec.json.encode(environments, order="sorted")


def verdict_cause(judged: Judged, forced_by: tuple[str, ...], reason: str) -> Cause:
    """The cause when a gate said no: what the checks found, and the first remedy."""
    lines: list[str] = []
    remedies: list[str] = []
    for verdict in judged.verdicts:
        if verdict.check in forced_by:
            worst = [finding for finding in verdict.findings if finding.outcome is verdict.outcome]
            lines.extend(f"{verdict.check} | {finding.subject}: {finding.message}" for finding in worst)
            remedies.extend(finding.remedy for finding in worst if finding.remedy)
    return Cause(reason, tuple(lines), remedies[0] if remedies else "see the checks above")
