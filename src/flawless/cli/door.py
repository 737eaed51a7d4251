"""The single error door: every way out of the program goes through ``run``.

A command returns its exit code (None: 0). FlawlessError and click's usage errors become one sentence on standard
error; Ctrl-C becomes "interrupted" and 130; anything else is a bug, 70, with its details in a file.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
from collections.abc import Sequence
from typing import TextIO

import click

from flawless.cli._group import group
from flawless.errors import FlawlessError

USAGE = 2
BUG = 70
INTERRUPTED = 130
PIPE_CLOSED = 141  # 128 + SIGPIPE, what a shell reports for a program that lost its reader
_COMPLETE = "_FLAWLESS_COMPLETE"


def main() -> None:
    """Run the command line and exit."""
    code = run(sys.argv[1:])
    # All memory goes with the process: a last search for what nobody refers to is a tenth of a short command's time.
    gc.freeze()
    sys.exit(code)


def run(argv: Sequence[str]) -> int:
    """Run one command line; the exit code. Raises nothing."""
    try:
        return _called(argv)
    except BaseException as error:
        return _leave(_heart(error), argv)


def _called(argv: Sequence[str]) -> int:
    if _COMPLETE in os.environ:
        group.main(prog_name="flawless")
    try:
        with group.make_context("flawless", list(argv)) as context:
            code = group.invoke(context)
    except click.exceptions.Exit as early:
        code = early.exit_code
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _heart(error: BaseException) -> BaseException:
    """The failure to speak of: task groups wrap it, and an interruption or an expected one comes first."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    hearts = [_heart(inner) for inner in error.exceptions]
    told = (*_interruptions(), FlawlessError)
    return next((heart for kind in told for heart in hearts if isinstance(heart, kind)), hearts[0])


def _interruptions() -> tuple[type[BaseException], ...]:
    """How Ctrl-C arrives; asyncio's own way can only come from asyncio loaded, and loading it takes long."""
    loaded = sys.modules.get("asyncio")
    return (KeyboardInterrupt, click.Abort, *((loaded.CancelledError,) if loaded else ()))


def _leave(error: BaseException, argv: Sequence[str]) -> int:
    match error:
        case SystemExit():
            code, said = error.code if isinstance(error.code, int) else USAGE, ""
        case FlawlessError():
            code, said = error.exit_code, f"flawless: {error}"
        case click.exceptions.NoArgsIsHelpError():
            code, said = USAGE, error.format_message()
        case click.ClickException():
            code, said = USAGE, f"flawless: {error.format_message()}\n  do: {_help_of(error)}"
        case _ if isinstance(error, _interruptions()):
            code, said = INTERRUPTED, "flawless: interrupted"
        case BrokenPipeError():
            code, said = PIPE_CLOSED, ""
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            code, said = USAGE, f"flawless: {error.strerror}\n  do: free some space, then try again"
        case _:
            code, said = BUG, _bug(error, argv)
    _say(said)
    return code


def _help_of(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{context.command_path if context else 'flawless'} --help"


def _say(text: str) -> None:
    from flawless.report.text import plain

    with contextlib.suppress(OSError):
        if text:
            click.echo(plain(text), err=True)
    _let_go(sys.stdout)
    _let_go(sys.stderr)


def _let_go(stream: TextIO) -> None:
    """Empty the stream; a lost reader would make the interpreter complain while it ends."""
    try:
        stream.flush()
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def _bug(error: BaseException, argv: Sequence[str]) -> str:
    from flawless.cli._bug import write_details

    what = f"flawless: {type(error).__name__} where none was expected; this is a bug"
    path = write_details(error, argv)
    if not path:
        return f"{what}, and its details could not be written anywhere\n  do: report it with the command you typed"
    return (
        f"{what} (details: {path})\n  do: report it with that file; it holds versions, arguments and where it happened"
    )
