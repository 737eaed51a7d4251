"""Ended sessions, known to all replicas at once through Redis while an access token of them could still be good.

PostgreSQL holds the truth; Redis is what every request can afford to ask. A mark tells whether Redis knows them all;
without it they are read from PostgreSQL again. The mark lasts a minute: Redis writes to disk once a second, so a power
cut can take the latest entries and leave the mark. When neither store answers nobody gets in.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from viworks.accounts.tokens import ACCESS_SECONDS, LEEWAY_SECONDS
from viworks.database import Database
from viworks.redis_store import RedisStore, answering
from viworks.tables import sessions

COMPLETE = "viworks:ended:complete"
COMPLETE_SECONDS = 60
KEEP_SECONDS = ACCESS_SECONDS + LEEWAY_SECONDS + 60


class Revocations:
    """Every method raises StoreError when a store that it needs does not answer."""

    def __init__(self, redis: RedisStore, database: Database) -> None:
        self._redis = redis.client
        self._database = database

    async def end(self, session_ids: Sequence[UUID]) -> None:
        """From now on their access tokens are refused. Call it inside the transaction that ends the sessions: then a
        Redis that is away ends none of them, and the caller is told.
        """
        with answering():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for session_id in session_ids:
                    pipeline.set(key(session_id), "1", ex=KEEP_SECONDS)
                await pipeline.execute()

    async def has(self, session_id: UUID) -> bool:
        """Whether the session has ended."""
        with answering():
            complete, ended = await self._redis.mget(COMPLETE, key(session_id))
        if complete is None:
            await self._restore()
            with answering():
                ended = await self._redis.get(key(session_id))
        return ended is not None

    async def _restore(self) -> None:
        """Entries are only ever added, so several replicas may do this at once."""
        recently = sessions.c.revoked_at > func.now() - timedelta(seconds=KEEP_SECONDS)
        async with self._database.reading() as connection:
            ended = (await connection.execute(select(sessions.c.id).where(recently))).scalars().all()
        await self.end(ended)
        with answering():
            await self._redis.set(COMPLETE, "1", ex=COMPLETE_SECONDS)


def key(session_id: UUID) -> str:
    """Where Redis keeps that a session has ended."""
    return f"viworks:ended:{session_id}"
