"""``flawless watch``."""

from __future__ import annotations

from pathlib import Path

import click

from flawless.cli._deploying import Seconds
from flawless.cli._options import directory_argument, ledger_option

_NOTIFY = "FLAWLESS_NOTIFY"


@click.command(name="watch")
@directory_argument
@click.option("--interval", type=click.FloatRange(0.5, 300), default=5.0, show_default=True, help="Seconds a reading.")
@click.option(
    "--ask/--no-ask",
    default=True,
    show_default=True,
    help="Whether to ask the health path through the proxy once a second.",
)
@click.option(
    "--notify",
    multiple=True,
    metavar="URL",
    envvar=_NOTIFY,
    help="Whom to tell: an https:// address takes JSON, any other is for apprise. May be repeated.",
)
@click.option("--metrics", default="", metavar="HOST:PORT", help="Serve metrics for Prometheus there.")
@click.option("--for", "seconds", type=Seconds(), default=0.0, help="End after this time; 1 when an alert lasts then.")
@click.option(
    "--write-unit",
    "unit",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write a systemd unit that does this, and end; - for standard output.",
)
@ledger_option
def command(
    directory: Path,
    interval: float,
    ask: bool,
    notify: tuple[str, ...],
    metrics: str,
    seconds: float,
    unit: Path | None,
    ledger: Path | None,
) -> int:
    """Watch the stack in DIR: keep readings, raise alerts and tell somebody of them. Ends with Ctrl-C.

    An alert is raised when something is bad for long enough, and cleared when it is good again for long enough. An
    address of --notify is a secret: give it in FLAWLESS_NOTIFY, several parted by blanks.
    """
    from flawless.app.watch import Wish
    from flawless.cli._run import asked_of, with_ports

    if unit:
        return _write_unit(directory, unit, interval, ask=ask, metrics=metrics, ledger=ledger)
    from flawless.app.watch import watch
    from flawless.report.text import plain

    wish = Wish(interval=interval, ask=ask, metrics=metrics, notify=notify, seconds=seconds)
    asked = asked_of(ledger=ledger)
    lasting = with_ports(lambda ports: watch(directory, ports, asked, wish, lambda text: click.echo(plain(text))))
    return 1 if lasting else 0


def _write_unit(directory: Path, file: Path, interval: float, *, ask: bool, metrics: str, ledger: Path | None) -> int:
    from flawless.app.unit import unit_of
    from flawless.cli._output import write
    from flawless.cli._run import with_ports

    options = ["--interval", f"{interval:g}"]
    options += [] if ask else ["--no-ask"]
    options += ["--metrics", metrics] if metrics else []
    options += ["--ledger", str(ledger.absolute())] if ledger else []
    write(with_ports(lambda ports: unit_of(directory, ports, options)), None if str(file) == "-" else file)
    return 0
