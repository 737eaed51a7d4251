"""``flawless top``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from flawless.cli._options import directory_argument

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from flawless.app.top import Watch
    from flawless.model.board import View
    from flawless.ports.bundle import Ports

_BETWEEN = 1.0  # two readings of --once, and two requests
_FOR_LOG = 0.3  # in which the engine tells the last lines


@click.command(name="top")
@directory_argument
@click.option("--once", is_flag=True, help="Print one frame and end.")
@click.option("--interval", type=click.FloatRange(0.2, 60), default=1.0, show_default=True, help="Seconds a frame.")
@click.option(
    "--sort",
    "order",
    type=click.Choice(("name", "cpu", "memory")),
    default="name",
    show_default=True,
    help="The order of the containers.",
)
@click.option(
    "--ask/--no-ask",
    default=True,
    show_default=True,
    help="Whether to ask the health path through the proxy once a second.",
)
def command(directory: Path, once: bool, interval: float, order: str, ask: bool) -> int:
    """Watch CPU, memory, network, block I/O, events and logs of the stack in DIR. The keys are on the screen."""
    from flawless.cli._run import with_ports
    from flawless.model.board import View

    return with_ports(lambda ports: _top(directory, ports, View(order=order), interval, once=once, ask=ask))


async def _top(directory: Path, ports: Ports, view: View, interval: float, *, once: bool, ask: bool) -> int:
    from flawless.app.top import watching
    from flawless.cli._run import asked_of

    async with watching(directory, ports, asked_of(), lambda _: None, ask=ask) as watch:
        await (_once(watch, view) if once else _live(watch, view, interval))
    return 0


async def _once(watch: Watch, view: View) -> None:
    import asyncio

    from flawless.cli._output import wants_color, write
    from flawless.cli._screen import size
    from flawless.report.top_frame import frame

    await watch.measure()
    await asyncio.sleep(_BETWEEN)
    await watch.measure()
    chosen = watch.board(view).chosen()
    await watch.select(chosen.id if chosen else "")
    await asyncio.sleep(_FOR_LOG)
    write(frame(watch.board(view), *size(), color=wants_color()) + "\n", None)


async def _live(watch: Watch, view: View, interval: float) -> None:
    """Take a reading and draw, again and again, until a key ends it."""
    import asyncio

    from flawless.cli._screen import whole_screen

    typed: asyncio.Queue[bytes] = asyncio.Queue()
    with whole_screen(typed.put_nowait, lambda: typed.put_nowait(b"")):
        async with asyncio.TaskGroup() as group:
            measuring = group.create_task(_measure(watch, interval, lambda: typed.put_nowait(b"")))
            await _draw(watch, view, typed)
            measuring.cancel()


async def _measure(watch: Watch, interval: float, done: Callable[[], None]) -> None:
    import asyncio

    while True:
        await watch.measure()
        done()
        await asyncio.sleep(interval)


async def _draw(watch: Watch, first: View, typed: asyncio.Queue[bytes]) -> None:
    """A frame after each reading, each key and each new size of the terminal."""
    from msgspec import structs

    from flawless.cli._keys import keys, pressed
    from flawless.cli._output import wants_color
    from flawless.cli._screen import painted, size
    from flawless.cli._stream import Stream
    from flawless.report.top_frame import frame

    stream, color, shown, view = Stream(), wants_color(), watch.board(first), first
    while True:
        now = watch.board(view)
        shown = structs.replace(shown, view=view, log=now.log) if view.paused else now
        chosen = shown.chosen()
        view = structs.replace(view, selected=chosen.id if chosen else "")  # it stays when the order changes
        await watch.select(view.selected)
        await stream.write(painted(frame(shown, *size(), color=color)))
        await stream.flush()
        for key in keys(await typed.get()):
            after = pressed(view, key, [lane.id for lane in shown.ordered()])
            if after is None:
                return
            view = after
