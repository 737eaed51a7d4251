"""Telling somebody: a JSON webhook, or whatever apprise knows. An address is a secret; its host may be named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from flawless.errors import UsageError
from flawless.ports.http import Http

if TYPE_CHECKING:
    from apprise import Apprise

TIMEOUT = 15.0
"""Seconds that a receiver may take."""


class Receiver(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str:
        """Who it is, without the secret parts of its address."""

    async def tell(self, title: str, text: str, payload: bytes) -> str:
        """Why it could not be told, "" when it was; never raises. ``payload`` is the same as JSON."""


class Webhook:
    """Takes the JSON by POST, and has to answer with a status from 200 to 299."""

    def __init__(self, url: str, http: Http) -> None:
        self._url = url
        self._http = http

    @property
    def name(self) -> str:
        """Scheme and host."""
        return _host(self._url)

    async def tell(self, title: str, text: str, payload: bytes) -> str:
        """See ``Receiver.tell``."""
        headers = {"content-type": "application/json"}
        answer = await self._http.post(self._url, payload, timeout=TIMEOUT, headers=headers)
        if answer.error:
            return f"{self.name}: {answer.error.replace(self._url, self.name)}"
        return "" if 200 <= answer.status < 300 else f"{self.name} answered {answer.status}"


class Service:
    """One of the services that apprise knows; it takes the text."""

    def __init__(self, url: str, apprise: Apprise) -> None:
        self._scheme = url.partition(":")[0]
        self._apprise = apprise

    @property
    def name(self) -> str:
        """The kind of service only: any other part of such an address may be a token."""
        return f"{self._scheme}:"

    async def tell(self, title: str, text: str, payload: bytes) -> str:
        """See ``Receiver.tell``."""
        try:
            async with asyncio.timeout(TIMEOUT):
                done = await self._apprise.async_notify(body=text, title=title)
        except TimeoutError:
            return f"{self.name} did not answer within {TIMEOUT:.0f} s"
        except Exception as error:  # a plugin of somebody else's may raise anything
            return f"{self.name} failed: {type(error).__name__}"
        return "" if done else f"{self.name} did not take it"


def receivers(urls: Iterable[str], http: Http) -> tuple[Receiver, ...]:
    """Who is behind the addresses; UsageError for one that nobody understands."""
    return tuple(Webhook(url, http) if url.startswith(("https://", "http://")) else _service(url) for url in urls)


def _service(url: str) -> Receiver:
    scheme = url.partition(":")[0]
    try:
        from apprise import Apprise
    except ImportError as error:
        what = f"apprise is not installed, and an address beginning with {scheme}: needs it"
        raise UsageError(what, remedy="pip install 'flawless[notify]', or give an https:// address") from error
    known = Apprise()
    if not known.add(url):
        what = f"an address beginning with {scheme}: is not understood"
        raise UsageError(what, remedy="https://appriseit.com/services/ has the form of each; or give an https:// one")
    return Service(url, known)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}"
