"""``flawless verify``: does what runs now hold?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from flawless.app import baseline
from flawless.app.gather import gather
from flawless.app.judge import Beside, Expected, Judged, judge
from flawless.app.loading import loaded
from flawless.app.reporting import begin, keep, make_report, page_at_hand
from flawless.app.session import FOLDER, Asked, Progress, Session, open_session
from flawless.app.store import Kept, Store
from flawless.errors import FlawlessError
from flawless.model.check import Level
from flawless.model.facts import STACK, Fact, known, unknown
from flawless.model.keys import LOGS, PREVIOUS, RELEASE
from flawless.model.observed import ReleaseFacts
from flawless.model.report import Report
from flawless.ports.bundle import Ports, Target
from flawless.ports.vault import Vault
from flawless.probes.live.isolation import looked_from


def store_of(session: Session) -> Store:
    """The releases of the session's stack."""
    vault = Vault(session.root / FOLDER / "key", session.ports.files)
    return Store(session.ports.engine, session.stack.name, vault)


async def release_facts(store: Store, current: str, ports: Ports) -> list[Fact]:
    """What is recorded of the current release and of those that could be returned to; unknown with the reason."""
    try:
        kept = await store.kept()
        now = ports.clock.now()
        # A release that only another checkout can open is none to return to from here; the deploy notes it.
        others = [release for release in kept if release.id != current and store.opens(release)]
        facts = [known(PREVIOUS, STACK, await _facts(store, others), at=now)]
        mine = next((release for release in kept if release.id == current), None)
        facts.append(
            known(RELEASE, STACK, await store.facts(mine), at=now)
            if mine
            else unknown(RELEASE, STACK, "no release of this stack is recorded", remedy="deploy with flawless deploy")
        )
    except FlawlessError as error:
        return [unknown(key, STACK, str(error)) for key in (RELEASE, PREVIOUS)]
    return facts


async def _facts(store: Store, kept: list[Kept]) -> tuple[ReleaseFacts, ...]:
    return tuple([await store.facts(release) for release in kept])


async def look(session: Session, expected: Expected, logs: Iterable[Fact]) -> Judged:
    """All live checks against what is expected to run; ``logs`` are the log facts, known errors taken out."""
    releases = release_facts(store_of(session), expected.release, session.ports)
    beside = Beside((RELEASE, PREVIOUS), releases)
    return await judge(session, [Level.LIVE], expected=expected, extra=logs, beside=beside)


async def live(session: Session, expected: Expected) -> Judged:
    """All live checks, with the errors that the last good release logged too taken out of the logs."""
    beside = Beside((LOGS, RELEASE, PREVIOUS), _beside(session, expected))
    return await judge(session, [Level.LIVE], expected=expected, beside=beside)


async def _beside(session: Session, expected: Expected) -> list[Fact]:
    target = Target(session.stack, session.settings, session.ports)
    releases = release_facts(store_of(session), expected.release, session.ports)
    logs, found = await asyncio.gather(gather(target, [LOGS]), releases)
    return [*baseline.news(logs, baseline.load(session.folder, session.ports.files)), *found]


async def verify(root: Path, ports: Ports, asked: Asked, progress: Progress) -> Report:
    """Judge what runs now against the newest good release."""
    async with loaded():
        session = await open_session(root, ports, asked, progress, levels=[Level.LIVE])
        if ports.relay:
            # Starting them is what takes longest.
            for network in looked_from(session.stack):
                ports.relay.stand(network)
    run = begin(session, "verify")
    try:
        newest = await store_of(session).good()
    except FlawlessError:
        newest = None  # the engine's own checks say why it does not answer
    expected = Expected(newest.revision, newest.id) if newest else Expected()
    async with page_at_hand():
        judged = await live(session, expected)
    return keep(session, make_report(session, run, judged, revision=expected.revision), judged)
