"""``flawless fix``: safe changes as a diff, or made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import directory_argument, only_option

if TYPE_CHECKING:
    from flawless.app.fix import Mended
    from flawless.model.fix import Fix


@click.command(name="fix")
@directory_argument
@click.option("--apply", "make", is_flag=True, help="Write the changes instead of showing them.")
@only_option
def command(directory: Path, make: bool, only: tuple[str, ...]) -> int:
    """Show safe changes of the files of the stack in DIR as a unified diff; comments and formatting stay.

    What could be mended and is left alone, because a change would not be certain, is told on standard error.
    """
    from flawless.app.fix import find_fixes, write
    from flawless.app.session import Asked
    from flawless.cli._progress import progress
    from flawless.cli._run import with_ports

    mended = with_ports(lambda ports: find_fixes(directory, ports, Asked(only=only), progress()))
    if make:
        from flawless.app.ports import make_ports

        write(mended, make_ports())
    _tell(mended, made=make)
    return 0


def _tell(mended: Mended, *, made: bool) -> None:
    from flawless.cli._output import write
    from flawless.report._told import listed, name_of
    from flawless.report.text import one_line, plain

    if made:
        write("".join(f"wrote {one_line(change.file)}: {_what(change.fixes)}\n" for change in mended.changes), None)
    else:
        write("".join(plain(change.diff) for change in mended.changes), None)
    for check, reason in dict.fromkeys((left.check, left.reason) for left in mended.left):
        names = [name_of(left.subject) for left in mended.left if (left.check, left.reason) == (check, reason)]
        click.echo(one_line(f"left alone: {check} of {listed(names)}: {reason}"), err=True)
    if not mended.changes:
        click.echo("nothing to change", err=True)


def _what(fixes: tuple[Fix, ...]) -> str:
    from flawless.report.text import one_line

    return "; ".join(dict.fromkeys(one_line(fix.what) for fix in fixes))
