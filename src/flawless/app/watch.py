"""``flawless watch``: looks on, keeps what it saw, and tells somebody. Changes nothing in the stack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct, structs

from flawless.app.gather import gather
from flawless.app.keeping import Keeping
from flawless.app.loading import LOOKING, loaded
from flawless.app.session import Asked, Session, open_to_look
from flawless.app.top import Watch, watching_session
from flawless.judging.alarms import Alarms
from flawless.judging.around import around_of
from flawless.judging.signs import signs
from flawless.model.alerts import Alert, Around, Level, Sign
from flawless.model.board import View
from flawless.model.keys import HOST, TLS
from flawless.ports.bundle import Ports, Target
from flawless.ports.clock import iso
from flawless.ports.exposing import exposing
from flawless.ports.hold import held
from flawless.ports.notify import Receiver, receivers
from flawless.probes.live import host, tls
from flawless.report.metrics import KIND, exposition
from flawless.report.notice import lines, payload, text, title
from flawless.sensitive import hide_embedded

_LOCK = "watch.lock"
_LOOK_EVERY = 30.0  # besides soon after each event
_AROUND_EVERY = 60.0
_CERTIFICATE_EVERY = 60  # of these
_TRIES = (0.0, 10.0, 60.0)

Say = Callable[[str], None]


class Wish(Struct, frozen=True, kw_only=True):
    """How to watch: seconds between two readings, whether to ask through the proxy, where metrics are served
    (HOST:PORT), whom to tell, and for how many seconds (0: without end).
    """

    interval: float = 5.0
    ask: bool = True
    metrics: str = ""
    notify: tuple[str, ...] = ()
    seconds: float = 0.0


async def watch(root: Path, ports: Ports, asked: Asked, wish: Wish, say: Say) -> tuple[Alert, ...]:
    """Watch the stack in ``root``, a line said for each alert; the alerts that last at the end.

    RefusedError when it is watched already, UsageError for an address that cannot be used.
    """
    told = receivers(wish.notify, ports.http)
    async with loaded((*LOOKING, "cryptography.x509", "prometheus_client")):
        session = await open_to_look(root, ports, asked, lambda _: None)
    session.make_folder()
    with held(session.folder / _LOCK, "this stack is watched"):
        book = session.ledger()
        try:
            keeping = Keeping(book, session.stack.name, session.settings.watch.keep_mb, say)
            async with watching_session(session, ask=wish.ask, every=_LOOK_EVERY) as board:
                guard = _Guard(session, board, keeping, told, say)
                async with _served(wish.metrics, guard):
                    await guard.stand(wish)
            return guard.alarms.raised
        finally:
            book.close()


@asynccontextmanager
async def _served(address: str, guard: _Guard) -> AsyncIterator[None]:
    """Metrics are there meanwhile, where an address is given."""
    if not address:
        yield
        return
    async with exposing(address, guard.metrics, KIND) as url:
        guard.say(f"metrics on {url}")
        yield


class _Guard:
    """Looks, judges what it sees, and passes on what changed."""

    def __init__(
        self, session: Session, watch: Watch, keeping: Keeping, receivers: Sequence[Receiver], say: Say
    ) -> None:
        self._session = session
        self._watch = watch
        self._keeping = keeping
        self._receivers = receivers
        self._say = say
        self._around = Around()
        self._signs: tuple[Sign, ...] = ()
        self._unseen: set[tuple[str, str]] = set()
        self.alarms = Alarms(session.settings.watch.cooldown, keeping.open_alerts())

    def say(self, text: str) -> None:
        """A line with the time."""
        self._say(f"{iso(self._session.ports.clock.now())}  {text}")

    def metrics(self) -> bytes:
        """The page for a scraper."""
        return exposition(self._watch.board(View()), self._signs, self.alarms.raised, self._around)

    async def stand(self, wish: Wish) -> None:
        """Look again and again; what was seen is kept also where this is cancelled."""
        await self._look_around(0)
        who = ", ".join(receiver.name for receiver in self._receivers) or "nobody; --notify names somebody"
        self.say(f"watching {self._session.stack.name} every {wish.interval:g} s; told of alerts: {who}")
        async with asyncio.TaskGroup() as group:
            around = group.create_task(self._keep_looking_around())
            try:
                await self._look(wish, group)
            finally:
                self._keeping.flush()
                around.cancel()

    async def _look(self, wish: Wish, group: asyncio.TaskGroup) -> None:
        clock = self._session.ports.clock
        start = due = clock.monotonic()
        while not wish.seconds or due - start < wish.seconds:
            await self._watch.measure()
            if told := self._judge():
                group.create_task(self._tell(told))
            due = max(due + wish.interval, clock.monotonic())
            await clock.sleep(due - clock.monotonic())

    def _judge(self) -> tuple[Alert, ...]:
        """Take what is known now; the alerts of which somebody has to be told."""
        clock = self._session.ports.clock
        board = self._watch.board(View())
        self._keeping.take(board.lanes, board.at - clock.monotonic(), board.at)
        self._signs = tuple(map(self._masked, signs(board, self._around, self._session.settings.watch)))
        self._say_unseen()
        turn = self.alarms.take(self._signs, board.at)
        for alert in (*turn.raised, *turn.cleared):
            self._keeping.record(alert)
            for line in lines(alert):
                self.say(line)
        return turn.tell if self._receivers else ()

    def _masked(self, sign: Sign) -> Sign:
        if sign.level in (Level.GOOD, Level.BETWEEN):
            return sign
        return structs.replace(sign, said=hide_embedded(self._session.ports.masker.mask(sign.said)))

    def _say_unseen(self) -> None:
        """What cannot be seen is said once, and again after it could be."""
        unknown = {(sign.key, sign.subject): sign.said for sign in self._signs if sign.level is Level.UNKNOWN}
        if self._watch.settled:
            for name in unknown.keys() - self._unseen:
                self.say(f"? {name[0]} of {name[1]} cannot be seen: {unknown[name]}")
            self._unseen = set(unknown)

    async def _tell(self, alerts: Sequence[Alert]) -> None:
        await asyncio.gather(*(self._tell_one(receiver, alerts) for receiver in self._receivers))

    async def _tell_one(self, receiver: Receiver, alerts: Sequence[Alert]) -> None:
        stack, why = self._session.stack.name, ""
        for pause in _TRIES:
            await self._session.ports.clock.sleep(pause)
            why = await receiver.tell(title(stack, alerts), text(alerts), payload(stack, alerts))
            if not why:
                return
        self.say(f"? nobody could be told: {why}")

    async def _keep_looking_around(self) -> None:
        number = 0
        while True:
            await self._session.ports.clock.sleep(_AROUND_EVERY)
            number += 1
            await self._look_around(number)

    async def _look_around(self, number: int) -> None:
        """The disk each time, the certificate once an hour."""
        target = Target(self._session.stack, self._session.settings, self._session.ports)
        certificate = number % _CERTIFICATE_EVERY == 0
        facts = await gather(target, [HOST, TLS] if certificate else [HOST], (host.PROBE, tls.PROBE))
        seen, before = around_of(facts), self._around
        if not certificate:
            kept = {name: why for name, why in before.unseen.items() if name == "certificate"}
            seen = structs.replace(seen, certificate_days=before.certificate_days, unseen={**kept, **seen.unseen})
        self._around = seen
