"""``flawless check --build`` and ``--rehearse``: files, images and a throwaway copy of the stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from msgspec import structs

from flawless.app.judge import Judged, judge
from flawless.app.migrating import beside, on_empty
from flawless.app.preparing import Preparation, forget, new_release, on_images
from flawless.app.rehearsing.copy import sweep
from flawless.app.rehearsing.model import Ground
from flawless.app.rehearsing.watch import rehearse
from flawless.app.reporting import begin, keep, make_report
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.app.sites import folder_of
from flawless.app.source import Checkout, read_checkout
from flawless.app.verify import store_of
from flawless.deploy.rehearsal import sweep as sweep_databases
from flawless.errors import FlawlessError
from flawless.judging.catalogue import catalogue
from flawless.judging.select import needed, select
from flawless.model.check import Level
from flawless.model.facts import STACK, Fact, FactKey, Facts, Scope, service_subject, unknown
from flawless.model.keys import REHEARSAL
from flawless.model.report import Report
from flawless.ports.bundle import Ports
from flawless.ports.hold import held

_RUNS, _HELD = "rehearsal.runs", "rehearsal.lock"


async def check_build(root: Path, ports: Ports, asked: Asked, progress: Progress, *, rehearsed: bool = False) -> Report:
    """Build the images from a clean export and judge files and images; nothing that runs is touched, no image is kept.

    ``rehearsed``: a throwaway copy of the stack is booted on them and judged too. A checkout that differs from its
    commit is built as it stands, and a note says so. Raise RefusedError while another rehearsal of this folder goes
    on.
    """
    checkout = await read_checkout(root, ports.shell)
    asked = structs.replace(asked, slow=True)
    session = await open_session(root, ports, asked, progress, revision=checkout.revision)
    session.make_folder()
    with ExitStack() as kept:
        if rehearsed:
            kept.enter_context(held(session.folder / _HELD, "a rehearsal of this stack goes on"))
        return await _checked(session, checkout, rehearsed=rehearsed)


async def _checked(session: Session, checkout: Checkout, *, rehearsed: bool) -> Report:
    run = begin(session, "check")
    notes = _built_from(checkout)
    work = Preparation(session, store_of(session), checkout, new_release(session, checkout, ""), go_on=True)
    if rehearsed:
        await _forget_killed(session, work.release.id)
    try:
        await work.build()
        session.progress("looking at files and images")
        judged = await work.look([Level.FILES, Level.IMAGE])
        if rehearsed:
            judged, more = await _rehearsed(session, work, judged)
            notes = (*notes, *more)
    finally:
        await work.discard()
        if rehearsed:
            session.ports.files.remove(session.folder / _RUNS)
    report = make_report(session, run, judged, revision=checkout.revision, notes=notes)
    return keep(session, report, judged)


async def _forget_killed(session: Session, release: str) -> None:
    """Take away what a killed rehearsal left, its copy and what it built, and note under which id this one builds."""
    place = Ground(session.root, session.root).place
    await sweep(session.ports, session.stack.name, place)
    await sweep_databases(session.ports.engine, beside(session.stack.name, place))
    path = session.folder / _RUNS
    killed = session.ports.files.read_text(path).strip() if path.exists() else ""
    if killed and Path(killed).name == killed:
        await forget(session, killed)
    session.ports.files.write(path, release.encode())


async def _rehearsed(session: Session, work: Preparation, judged: Judged) -> tuple[Judged, tuple[str, ...]]:
    """What a throwaway copy shows laid over what files and images do; where there is none, a note that says why."""
    missing = [service.name for service in session.stack.services if service.name not in work.built.images]
    if missing:
        return judged, (f"nothing was rehearsed: there is no image of {', '.join(missing)}",)
    chosen = select(catalogue().values(), [Level.REHEARSAL], session.settings, session.asked.only, slow=True)
    keys = needed(chosen)
    tree = folder_of(session, work.release.id) / "tree"
    ground = Ground(session.root, tree, session.settings.rehearsal.outbound)
    try:
        built = structs.replace(session, stack=on_images(session.stack, work.built.images))
        seen = await rehearse(built, work.built.images, ground, keys)
    except (FlawlessError, TimeoutError) as error:
        said = session.ports.masker.mask(str(error) or "it took more than fifteen minutes")
        seen = Facts(_unseen(session, keys, judged.facts, f"no throwaway copy could be looked at: {said}"))
    if REHEARSAL in keys:
        seen = seen.merged([await on_empty(session, work.on_built(), ground.place)])
    extra = judged.facts.merged(seen)
    return judged.deeper(
        await judge(session, [Level.REHEARSAL], only=[check.id for check, _ in chosen], extra=extra)
    ), ()


def _unseen(session: Session, keys: Iterable[FactKey[Any]], have: Facts, reason: str) -> Iterator[Fact]:
    subjects = [service_subject(service.name) for service in session.stack.services]
    for key in keys:
        if not have.of(key):
            for subject in subjects if key.scope is Scope.SERVICE else [STACK]:
                yield unknown(key, subject, reason)


def _built_from(checkout: Checkout) -> tuple[str, ...]:
    if checkout.clean:
        return ()
    return ("built from the folder as it stands: it is under no version control, or differs from its commit",)
