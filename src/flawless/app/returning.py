"""The way back: a recorded release brought up again, with no registry and no build, proved by image ids."""

from __future__ import annotations

from msgspec import structs

from flawless.app.session import Session
from flawless.app.sites import make_site, running, stack_of, write_model
from flawless.deploy.failure import StepFailedError
from flawless.deploy.plan import Options, Situation, ordered, plan
from flawless.deploy.runner import Journal, walk
from flawless.deploy.site import Site
from flawless.errors import FlawlessError
from flawless.model.plan import Plan, Step, StepKind
from flawless.model.release import Release
from flawless.model.stack import Role


async def way_back(session: Session, release: Release) -> tuple[Site, Plan]:
    """The site and the plan that bring a recorded release back; jobs are not run again."""
    site = make_site(session, release, write_model(session, release))
    everything = tuple(service.name for service in site.stack.services)
    options = Options(closing=False, recreate=everything, migrate=False)
    now = await running(session, site.stack)
    return site, plan(site.stack, site.wanted, now, options, release=release.id, parent=release.parent)


async def bring_back(session: Session, release: Release, journal: Journal) -> str:
    """Bring a release back after a failure; empty when it serves again, else why not."""
    session.progress(f"bringing release {release.id} back")
    try:
        site, back = await way_back(session, release)
        await walk(site, _named(back.steps), journal)
    except FlawlessError as error:
        return str(error)
    return ""


async def take_away(session: Session, site: Site, before: Situation, journal: Journal) -> str:
    """After a failed first deploy: remove the containers it made; empty when they are gone, else why not."""
    steps = tuple(
        Step(
            id=f"undo-{service.name}",
            kind=StepKind.REMOVE,
            why="it did not run before this deploy",
            proof="no container of it is left",
            undo="deploy again",
            service=service.name,
        )
        for service in reversed(ordered(site.stack))
        if service.name not in before.containers
    )
    try:
        await walk(site, steps, journal)
    except StepFailedError as error:
        return str(error)
    return ""


def _named(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The same steps under names that say they undo, so that the journal holds both."""
    names = {step.id: f"undo-{step.service or step.id}" for step in steps}

    def named(step: Step) -> Step:
        after = step.after and tuple(names.get(each, each) for each in step.after)
        return structs.replace(step, id=names[step.id], after=after)

    return tuple(named(step) for step in steps)


def by_hand(session: Session, release: Release | None) -> str:
    """The exact command that brings a release back by hand; without one, what the last version that worked needs.

    Jobs are left out, as on every way back: an older migration does not know a schema that has moved since, fails, and
    would keep the rest from starting.
    """
    if release is None:
        return (
            f"cd {session.root}, put the files of the last version that worked there, then "
            f"docker compose --project-name {session.stack.name} up --detach --build --remove-orphans --wait"
        )
    file = session.folder / "releases" / release.id / "compose.json"
    services = " ".join(service.name for service in ordered(stack_of(release)) if service.role is not Role.JOB)
    return (
        f"docker compose --project-name {session.stack.name} --file {file} "
        f"up --detach --no-build --no-deps --remove-orphans --wait {services}"
    )
