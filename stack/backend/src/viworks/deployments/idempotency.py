"""Idempotency keys: a request that is sent again with its key gets the answer of the first, and changes nothing.

As in draft-ietf-httpapi-idempotency-key-header. The key is written in the transaction of the change, so both are
kept or neither; a second request that comes meanwhile waits for the first at the key's row.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, delete, func, null, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from viworks.tables import idempotency_keys as keys

KEPT = timedelta(hours=24)
SWEPT = KEPT + timedelta(hours=1)  # later than KEPT: a key that still answers is never just being deleted
SWEPT_AT_ONCE = 20  # more than one request adds, so the table shrinks to what is kept


class KeyReusedError(Exception):
    """The key came before, with another request."""


async def claim(connection: AsyncConnection, account_id: int, key: str, request: str) -> dict[str, Any] | None:
    """The answer that the same request got before; None when it is new and its answer has to be `keep`-ed.

    Raises KeyReusedError.
    """
    digest = sha256(request.encode()).digest()
    mine = insert(keys).values(account_id=account_id, key=key, request_hash=digest)
    mine = mine.on_conflict_do_update(
        index_elements=[keys.c.account_id, keys.c.key],
        set_={"request_hash": digest, "answer": null(), "created_at": func.now()},
        where=older_than(KEPT),
    )
    if (await connection.execute(mine.returning(keys.c.key))).one_or_none():
        await sweep(connection)
        return None
    known = (await connection.execute(select(keys.c.request_hash, keys.c.answer).where(its(account_id, key)))).one()
    if known.request_hash != digest:
        raise KeyReusedError
    return dict(known.answer)


async def keep(connection: AsyncConnection, account_id: int, key: str, answer: dict[str, Any]) -> None:
    """The answer that later requests with this key get."""
    await connection.execute(keys.update().where(its(account_id, key)).values(answer=answer))


async def sweep(connection: AsyncConnection) -> None:
    """Deletes a few keys that are too old, and waits for nobody who does the same."""
    old = select(keys.c.account_id, keys.c.key).where(older_than(SWEPT)).order_by(keys.c.created_at)
    few = old.limit(SWEPT_AT_ONCE).with_for_update(skip_locked=True)
    await connection.execute(delete(keys).where(tuple_(keys.c.account_id, keys.c.key).in_(few)))


def its(account_id: int, key: str) -> ColumnElement[bool]:
    """The row of this account's key."""
    return (keys.c.account_id == account_id) & (keys.c.key == key)


def older_than(age: timedelta) -> ColumnElement[bool]:
    """Rows made before that."""
    return keys.c.created_at < func.now() - age
