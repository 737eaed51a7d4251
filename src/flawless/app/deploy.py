"""``flawless deploy`` and ``flawless plan``."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from flawless.app.deployment import carry_out, close, reported, start
from flawless.app.judge import NOTHING, Judged, judge
from flawless.app.leasing import lease_of
from flawless.app.loading import loaded
from flawless.app.migrating import unclaimed
from flawless.app.options import DeployOptions
from flawless.app.partial import refuse_unknown
from flawless.app.preparing import Preparation, new_release
from flawless.app.reporting import begin, decide, keep, make_report, page_at_hand
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.app.sites import make_site, running, write_model
from flawless.app.source import Checkout, read_checkout
from flawless.app.verify import store_of
from flawless.deploy.plan import plan
from flawless.errors import UsageError
from flawless.model.check import Level
from flawless.model.plan import Plan
from flawless.model.report import Report
from flawless.ports.bundle import Ports
from flawless.together import both

# What of the machine must be right before a deploy begins, besides the files.
_ROOM = ("disk-space-low", "memory-headroom-low", "engine-outdated", "foreign-container-holds-name")
_SHOWN = 10


async def deploy(root: Path, ports: Ports, asked: Asked, options: DeployOptions, progress: Progress) -> Report:
    """Deploy the stack in a folder; the report's decision carries the exit code."""
    checkout = await checkout_of(root, ports, options)
    session = await open_session(root, ports, asked, progress, revision=checkout.revision)
    session.make_folder()
    async with lease_of(session, f"deploy of {checkout.revision[:12]}") as lease:
        notes = lease.notes
        return await deploy_held(session, checkout, options, notes)


async def checkout_of(root: Path, ports: Ports, options: DeployOptions) -> Checkout:
    """What is to be deployed; UsageError for a dirty checkout that nobody allowed."""
    checkout = await read_checkout(root, ports.shell)
    if checkout.dirty and not options.allow_dirty:
        shown = ", ".join(checkout.dirty[:_SHOWN])
        raise UsageError(f"the checkout differs from its commit: {shown}", remedy="commit it, or give --allow-dirty")
    return checkout


def _source_notes(checkout: Checkout) -> tuple[str, ...]:
    if checkout.top is None:
        return (f"the folder is under no version control: its content's digest is the revision, {checkout.revision}",)
    if checkout.dirty:
        return (f"deployed with {len(checkout.dirty)} uncommitted changes, as --allow-dirty asked",)
    return ()


async def deploy_held(
    session: Session, checkout: Checkout, options: DeployOptions, notes: tuple[str, ...], phase: str = "deploy"
) -> Report:
    """Deploy while the lease of the stack is held."""
    run = begin(session, phase)
    notes = (*_source_notes(checkout), *notes)
    before = await preflight(session)
    decision = decide(session, before)
    if not decision.go:
        untouched = "nothing was built or touched"
        report = make_report(session, run, before, revision=checkout.revision, notes=(*notes, untouched))
        return keep(session, report, before)
    if options.only:
        refuse_unknown(session.stack, options.only, await store_of(session).last_good())
    course = await start(session, checkout, run, before, notes)
    try:
        async with loaded(), page_at_hand():
            await carry_out(course, options)
    finally:
        await close(course)
    return await reported(course)


async def preflight(session: Session) -> Judged:
    """What files and the machine decide before anything is built."""
    session.progress("checking the files and the machine")
    files, room = await both(judge(session, [Level.FILES]), _room(session))
    return files.deeper(room)


async def _room(session: Session) -> Judged:
    return NOTHING if session.asked.only else await judge(session, [Level.LIVE], only=_ROOM)


async def make_plan(root: Path, ports: Ports, asked: Asked, options: DeployOptions, progress: Progress) -> Plan:
    """The plan that a deploy would carry out now; exact, for the images are built for it. Touches nothing that runs."""
    checkout = await checkout_of(root, ports, options)
    session = await open_session(root, ports, asked, progress, revision=checkout.revision)
    session.make_folder()
    store = store_of(session)
    parent = await store.last_good()
    refuse_unknown(session.stack, options.only, parent)
    release = new_release(session, checkout, parent.id if parent else "")
    work = Preparation(session, store, checkout, release, no_cache=options.no_cache, only=options.only, parent=parent)
    await work.build()
    await work.inspect()
    await work.record()
    site = make_site(session, work.release, write_model(session, work.release))
    now = await running(session, site.stack)
    made = plan(site.stack, site.wanted, now, options.planning(), release=work.release.id, parent=work.release.parent)
    return structs.replace(made, notes=await unclaimed(session))
