"""Hands each message to every client of this process, and never waits for one of them."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

CLIENTS = 1000  # of one process
CLIENTS_OF_ACCOUNT = 20
BACKLOG = 100  # messages a client may be behind
SERVICE_RESTART = 1012  # of the IANA registry of WebSocket close codes, as the next
TRY_AGAIN_LATER = 1013


class TooManyError(Exception):
    """There is no room for another client."""


class Subscription:
    """What one client has yet to be sent, and, once it is to be closed, the close code."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[str] = asyncio.Queue(BACKLOG)
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def offer(self, message: str) -> None:
        """Queues it; a client that is too far behind is closed instead."""
        try:
            self.messages.put_nowait(message)
        except asyncio.QueueFull:
            self.close(TRY_AGAIN_LATER)

    def close(self, code: int) -> None:
        """The first code stays."""
        if not self.closed.done():
            self.closed.set_result(code)


class Hub:
    """The clients of this process."""

    def __init__(self) -> None:
        self._subscriptions: dict[Subscription, int] = {}
        self._of_account: Counter[int] = Counter()
        self._open = False
        self._draining = False

    def __len__(self) -> int:
        return len(self._subscriptions)

    @contextmanager
    def subscribed(self, account_id: int) -> Iterator[Subscription]:
        """A subscription for the length of the block. Raises TooManyError, also while nothing can be told."""
        if not self._open or len(self) >= CLIENTS or self._of_account[account_id] >= CLIENTS_OF_ACCOUNT:
            raise TooManyError
        subscription = Subscription()
        self._subscriptions[subscription] = account_id
        self._of_account[account_id] += 1
        try:
            yield subscription
        finally:
            del self._subscriptions[subscription]
            self._of_account -= Counter([account_id])

    def publish(self, message: str) -> None:
        """To everybody."""
        for subscription in self._subscriptions:
            subscription.offer(message)

    def open(self) -> None:
        """From now on clients miss nothing."""
        self._open = not self._draining

    def close(self) -> None:
        """From now on messages may be missed: clients have to come back, and read anew what they show."""
        self._open = False
        for subscription in self._subscriptions:
            subscription.close(SERVICE_RESTART)

    def drain(self) -> None:
        """Closed for good."""
        self._draining = True
        self.close()
