"""``flawless judge``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._options import allow_unknown_option, format_options


@click.command(name="judge")
@click.argument("facts", type=click.Path(dir_okay=False, path_type=Path))
@allow_unknown_option
@format_options
def command(facts: Path, allow_unknown: tuple[str, ...], shape: str, output: Path | None) -> int:
    """Judge the saved facts in FACTS (a run's facts.json) again, with no engine and no stack at hand."""
    from flawless.app.rejudge import rejudge
    from flawless.cli._output import show
    from flawless.ports.files import RealFiles

    report = rejudge(RealFiles().read_text(facts), str(facts), allow_unknown)
    show(report, shape, output)
    return report.decision.exit_code
