"""``flawless reset``: this stack alone is stopped and made anew; its volumes stay unless they are asked for by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct, structs

from flawless.app.backup import folder_of, save
from flawless.app.deploy import checkout_of, deploy_held
from flawless.app.giving_up import BACK, NOT_BACK
from flawless.app.journal import DeployJournal, What, end_interrupted
from flawless.app.judge import NOTHING
from flawless.app.leasing import lease_of
from flawless.app.options import DeployOptions, Reset, saving
from flawless.app.preparing import new_release
from flawless.app.reporting import begin, keep, make_report
from flawless.app.saving.chosen import chosen
from flawless.app.saving.copy import Place
from flawless.app.saving.still import at_rest, serving, started, stopped
from flawless.app.session import Asked, Progress, Session, open_session
from flawless.app.source import Checkout
from flawless.app.verify import store_of
from flawless.deploy.clearing import clearing
from flawless.deploy.runner import walk
from flawless.deploy.site import Outcome, Site
from flawless.errors import FlawlessError, UsageError
from flawless.model.plan import StepKind
from flawless.model.report import Cause, Decision, Report
from flawless.ports.bundle import Ports
from flawless.ports.engine import PROJECT_LABEL, VOLUME_LABEL
from flawless.ports.inspect import container_state

Ask = Callable[[tuple[str, ...]], Awaitable[bool]]


class ResetOptions(Struct, frozen=True):
    """``volumes`` go too, where ``confirm`` is the stack's name; ``down``: nothing is started afterwards.

    ``ask`` is told what goes and answers whether it may; None where nobody needs to be asked.
    """

    deploy: DeployOptions
    volumes: bool = False
    confirm: str = ""
    down: bool = False
    ask: Ask | None = None


async def reset(root: Path, ports: Ports, asked: Asked, options: ResetOptions, progress: Progress) -> Report:
    """Take away what runs of the stack and deploy it again; the report's decision carries the exit code.

    Raise UsageError when volumes are asked for without the stack's name, or somebody was asked and said no.
    """
    build = structs.replace(options.deploy, allow_dirty=True) if options.down else options.deploy
    checkout = await checkout_of(root, ports, build)
    session = await open_session(root, ports, asked, progress, revision=checkout.revision)
    session.make_folder()
    async with lease_of(session, "reset") as lease:
        going = await _going(session, volumes=options.volumes)
        for each in going:
            progress(each)
        _refuse(session, options, going)
        if options.ask is not None and not await options.ask(going):
            raise UsageError("the reset was not confirmed: nothing was touched", remedy="give --yes to go on unasked")
        save_all = (lambda: _save(session)) if options.volumes else None
        if options.down:
            return await _down(session, checkout, Reset(save_all), (*lease.notes, *going))
        wanted = structs.replace(options.deploy, reset=Reset(save_all))
        return await deploy_held(session, checkout, wanted, (*lease.notes, *going), phase="reset")


def _refuse(session: Session, options: ResetOptions, going: tuple[str, ...]) -> None:
    name = session.stack.name
    if options.volumes and options.confirm != name:
        remedy = f"to delete them after a verified backup: flawless reset --volumes --confirm {name}"
        raise UsageError("--volumes deletes data: the stack's name is needed", also=going, remedy=remedy)
    lost = tuple(line for line in going if line.startswith(_NAMELESS))
    if lost and not options.volumes:
        remedy = f"give it a name in the compose file, or let it go: flawless reset --volumes --confirm {name}"
        raise UsageError("a volume without a name would be deleted with its container", also=lost, remedy=remedy)


_NAMELESS = "goes, and is in no backup: "


async def _going(session: Session, *, volumes: bool) -> tuple[str, ...]:
    """One line for each thing that goes or stays, with sizes; found by the project's label alone."""
    engine, ours = session.ports.engine, [f"{PROJECT_LABEL}={session.stack.name}"]
    sizes = await engine.volume_sizes()
    own = {volume.name for volume in session.stack.volumes if not volume.external}
    lines = []
    for raw in await engine.containers(ours):
        state = container_state(raw, session.ports.masker)
        lines.append(f"goes: container {state.name}, {state.state}")
        nameless = [held for held in state.volumes if held.anonymous]
        lines += [f"{_NAMELESS}what {state.name} has at {held.target}{_size(sizes, held.name)}" for held in nameless]
    lines += [f"goes: network {network['Name']}" for network in await engine.networks(ours)]
    for volume in await engine.volumes(ours):
        goes = volumes and (volume.get("Labels") or {}).get(VOLUME_LABEL) in own
        lines.append(f"{'goes' if goes else 'stays'}: volume {volume['Name']}{_size(sizes, volume['Name'])}")
    return tuple(lines)


def _size(sizes: dict[str, int], volume: str) -> str:
    return f", {sizes[volume]:,} bytes" if volume in sizes else ", of unknown size"


async def _save(session: Session) -> Outcome:
    """Keep all data, verified, with everything that writes stopped; started again when that fails."""
    place = Place(session.stack, session.ports, session.progress)
    ids = await stopped(place, serving(place))
    try:
        wanted = await at_rest(place, chosen(session.stack, ()))
        made = await save(session, wanted, "before flawless reset --volumes", verify=True)
    except BaseException:
        await started(place, ids)
        raise
    return Outcome(True, f"backup {made.id} in {folder_of(session) / made.id}: {made.size:,} bytes, all of it restored")


async def _down(session: Session, checkout: Checkout, wanted: Reset, notes: tuple[str, ...]) -> Report:
    """Take everything away and leave it so."""
    run = begin(session, "reset")
    good = await store_of(session).good()
    ledger = session.ledger()
    journal = DeployJournal(ledger, session.ports.clock, session.stack.name, run.id)
    site = Site(
        ports=session.ports,
        stack=session.stack,
        settings=session.settings,
        release=new_release(session, checkout, good.id if good else ""),
        wanted={},
        model=session.folder,
        folder=session.folder,
        compose=session.compose,
        progress=session.progress,
        actions=saving(wanted),
    )
    decision, cause = Decision(True, 0, f"{session.stack.name} is down; flawless deploy brings it up again"), None
    try:
        end_interrupted(ledger, session.ports.clock, session.stack.name, run.id, good=good.id if good else "")
        if good:
            journal.begin(What(target=good.id))
        await walk(site, clearing(volumes=wanted.save is not None), journal.step)
        if good:
            journal.end("down")
    except FlawlessError as error:
        touched = any(record.kind is StepKind.CLEAR for record in journal.records)
        remedy = "flawless recover brings the last good release back"
        cause = Cause(error.what, (), remedy if touched else "nothing was taken away, and what serves goes on")
        decision = Decision(False, NOT_BACK if touched else BACK, f"{cause.message}. {cause.remedy}")
        if good and not touched:
            journal.end("kept")
    finally:
        ledger.close()
    report = make_report(session, run, NOTHING, revision="", decision=decision, notes=(*notes, *site.notes))
    return keep(session, structs.replace(report, steps=journal.records, cause=cause), NOTHING)
