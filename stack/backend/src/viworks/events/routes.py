"""The WebSocket of events."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from viworks.events.hub import TRY_AGAIN_LATER, Hub, Subscription, TooManyError
from viworks.identity import AccessDenied, Identity, Principal
from viworks.origin import Origins
from viworks.stores import StoreError

FIRST_MESSAGE_SECONDS = 5.0
SEND_SECONDS = 10.0
PING_SECONDS = 20.0
WATCH_SECONDS = 5.0  # how long a session that has ended may go on listening
UNAUTHORIZED = 4401
READY = '{"type":"ready"}'
PING = '{"type":"ping"}'


class FirstMessage(BaseModel):
    """What a client says first. Not in the address or a header: those end up in logs."""

    model_config = ConfigDict(extra="forbid")

    token: str = Field(max_length=4096)


def routes(hub: Hub, identity: Identity, origins: Origins) -> APIRouter:
    """Listen."""
    router = APIRouter()

    @router.websocket("/api/events")
    async def events(socket: WebSocket) -> None:
        if not origins.permits(socket):
            await socket.close()  # before it is accepted: the handshake is answered with 403
            return
        await socket.accept()
        code = await served(socket, hub, identity)
        if code is not None:
            await closed(socket, code)

    return router


async def served(socket: WebSocket, hub: Hub, identity: Identity) -> int | None:
    """Serves the client to its end: the code to close with, None when it has gone by itself."""
    try:
        async with asyncio.timeout(FIRST_MESSAGE_SECONDS):
            principal = await identity.authenticate(await first_token(socket))
        with hub.subscribed(principal.user_id) as subscription:
            return await streamed(socket, subscription, identity, principal)
    except (AccessDenied, TimeoutError):
        return UNAUTHORIZED
    except (StoreError, TooManyError):
        return TRY_AGAIN_LATER
    except WebSocketDisconnect:
        return None


async def first_token(socket: WebSocket) -> str:
    """The token of the first message. Raises AccessDenied when it is another message."""
    try:
        return FirstMessage.model_validate_json(await text(socket)).token
    except ValidationError:
        raise AccessDenied from None


async def text(socket: WebSocket) -> str:
    """The next message; bytes count as an empty one. Raises WebSocketDisconnect."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    return str(message.get("text") or "")


async def streamed(
    socket: WebSocket, subscription: Subscription, identity: Identity, principal: Principal
) -> int | None:
    """Sends what comes, until something ends it: the code of what came first."""
    await socket.send_text(READY)
    parts: list[Coroutine[Any, Any, int | None]] = [
        forward(socket, subscription),
        beat(subscription),
        watch(identity, principal),
        until_gone(socket),
    ]
    tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait([subscription.closed, *tasks], return_when=asyncio.FIRST_COMPLETED)
        code: int | None = next(iter(done)).result()
        return code
    finally:
        await ended(tasks)


async def ended(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancels them and waits until they are done; what they raise now interests nobody."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.exception()


async def forward(socket: WebSocket, subscription: Subscription) -> int | None:
    """Sends message after message; ends when one cannot be got rid of."""
    while True:
        message = await subscription.messages.get()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await socket.send_text(message)
        except TimeoutError:
            return TRY_AGAIN_LATER


async def beat(subscription: Subscription) -> int | None:
    """A ping now and then: a proxy closes what is silent, and a client notices that nobody is there any more."""
    while True:
        await asyncio.sleep(PING_SECONDS)
        subscription.offer(PING)


async def watch(identity: Identity, principal: Principal) -> int | None:
    """Ends when the token expires or its session has ended."""
    while (left := (principal.expires_at - datetime.now(UTC)).total_seconds()) > 0:
        await asyncio.sleep(min(WATCH_SECONDS, left))
        if not await identity.is_alive(principal):
            break
    return UNAUTHORIZED


async def until_gone(socket: WebSocket) -> int | None:
    """Reads and ignores what the client says; raises WebSocketDisconnect when it goes."""
    while True:
        await text(socket)


async def closed(socket: WebSocket, code: int) -> None:
    """Says why, if the client still takes it."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await socket.close(code)
    except (TimeoutError, RuntimeError, WebSocketDisconnect):
        return  # it has gone
