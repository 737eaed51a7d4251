"""``flawless judge``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import allow_unknown_option, format_options

if TYPE_CHECKING:
    from flawless.cli._output import Showing


@click.command(name="judge")
@click.argument("facts", type=click.Path(dir_okay=False, path_type=Path))
@allow_unknown_option
@format_options
def command(facts: Path, allow_unknown: tuple[str, ...], showing: Showing) -> int:
    """Judge the saved facts in FACTS (a run's facts.json) again, with no engine and no stack at hand."""
    from flawless.app.rejudge import rejudge
    from flawless.cli._output import show
    from flawless.ports.files import RealFiles

    report = rejudge(RealFiles().read_text(facts), str(facts), allow_unknown)
    show(report, showing)
    return report.decision.exit_code
