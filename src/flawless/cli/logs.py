"""``flawless logs``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import directory_option

if TYPE_CHECKING:
    from flawless.app.log_filter import Wanted
    from flawless.app.logs import Logs
    from flawless.ports.bundle import Ports

_UNREAD = 3


@click.command(name="logs")
@click.argument("services", metavar="[SERVICE]...", nargs=-1)
@directory_option
@click.option("--follow", "-f", is_flag=True, help="Go on with each line as it comes, until Ctrl-C.")
@click.option("--since", metavar="TIME", default="", help="From then on: 10m, 2h, 3d, or 2026-01-31T12:00 (UTC).")
@click.option("--grep", metavar="PATTERN", default="", help="Only lines in which this regular expression is found.")
@click.option(
    "--level",
    type=click.Choice(("trace", "debug", "info", "warn", "error")),
    default="trace",
    help="Only lines of this level or a worse one; a line that tells none counts as info.",
)
@click.option("--templates", is_flag=True, help="Count lines of one shape instead of showing each.")
@click.option("--new", is_flag=True, help="Only errors of shapes that the last good release did not log.")
@click.option("--format", "shape", type=click.Choice(("terminal", "json")), default="terminal", help="How to show it.")
def command(
    services: tuple[str, ...],
    directory: Path,
    follow: bool,
    since: str,
    grep: str,
    level: str,
    templates: bool,
    new: bool,
    shape: str,
) -> int:
    """Show the logs of all services, or of some, merged by time. Secrets are masked.

    Exit code 3: a log could not be read to its end.
    """
    from flawless.app import log_filter
    from flawless.cli._run import with_ports

    if follow and templates:
        raise click.UsageError("--templates counts up to now, so it cannot --follow")

    async def work(ports: Ports) -> int:
        when, least = log_filter.since(since, ports.clock.now()), "" if level == "trace" else level
        wanted = log_filter.Wanted(services, when, log_filter.pattern(grep), least, new)
        return await _show(directory, ports, wanted, follow, templates, shape == "json")

    return with_ports(work)


async def _show(directory: Path, ports: Ports, wanted: Wanted, follow: bool, templates: bool, json: bool) -> int:
    from flawless.app.logs import counted, open_logs
    from flawless.cli._output import width, write
    from flawless.cli._progress import progress
    from flawless.cli._run import asked_of
    from flawless.report.log_lines import shapes_json, shapes_page

    async with open_logs(directory, ports, asked_of(), progress(), wanted, follow=follow) as logs:
        if logs.without_baseline:
            click.echo("no good release's logs are recorded here, so every error counts as new", err=True)
        if templates:
            shapes = await counted(logs)
            write(shapes_json(shapes) if json else shapes_page(shapes, width()), None)
        else:
            await _lines(logs, json)
        for container, why in logs.failures.items():
            click.echo(f"the log of {container} was not read to its end: {why}", err=True)
        return _UNREAD if logs.failures else 0


async def _lines(logs: Logs, json: bool) -> None:
    from flawless.cli._output import wants_color
    from flawless.cli._stream import Stream
    from flawless.report.log_lines import log_json, log_line

    color, stream = wants_color(), Stream()
    async with stream.passing_on():
        async for entry in logs.entries(levels=json or color):
            await stream.write(log_json(entry) if json else log_line(entry, logs.width, color))
