"""``flawless check --build``: what files and freshly built images show."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from flawless.app.preparing import Preparation, new_release
from flawless.app.reporting import begin, keep, make_report
from flawless.app.session import Asked, Progress, open_session
from flawless.app.source import Checkout, read_checkout
from flawless.app.verify import store_of
from flawless.model.check import Level
from flawless.model.report import Report
from flawless.ports.bundle import Ports


async def check_build(root: Path, ports: Ports, asked: Asked, progress: Progress) -> Report:
    """Build the images from a clean export and judge files and images; nothing that runs is touched, no image is kept.

    A checkout that differs from its commit is built as it stands, and a note says so.
    """
    checkout = await read_checkout(root, ports.shell)
    asked = structs.replace(asked, slow=True)
    session = await open_session(root, ports, asked, progress, revision=checkout.revision)
    session.make_folder()
    run = begin(session, "check")
    store = store_of(session)
    work = Preparation(session, store, checkout, new_release(session, checkout, ""), go_on=True)
    try:
        await work.build()
        progress("looking at files and images")
        judged = await work.look([Level.FILES, Level.IMAGE])
    finally:
        await work.discard()
    report = make_report(session, run, judged, revision=checkout.revision, notes=_built_from(checkout))
    return keep(session, report, judged)


def _built_from(checkout: Checkout) -> tuple[str, ...]:
    if checkout.clean:
        return ()
    return ("built from the folder as it stands: it is under no version control, or differs from its commit",)
