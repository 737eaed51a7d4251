"""Passwords: how they are kept, and which are refused."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import HTTPException

SHORTEST, LONGEST = 12, 128
# OWASP Password Storage Cheat Sheet, the recommended argon2id: 19 MiB, two passes, one lane.
PARAMETERS = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
CONCURRENT = 2  # 38 MiB at most at a time: the container has 256
QUEUE = 64  # more than that would wait for seconds; they are told to come again

# NIST SP 800-63B, section 5.1.1.2: common values are refused. These are the long ones of the known lists; shorter
# ones fall to the minimum of twelve characters. Kept small, so that the description of the API can name them.
COMMON = (
    "000000000000",
    "111111111111",
    "123123123123",
    "123456123456",
    "123456654321",
    "1234567890123",
    "123456789012",
    "1234567890ab",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "a123456789012",
    "aaaaaaaaaaaa",
    "abc123abc123",
    "abcdefghijkl",
    "administrator",
    "changeme1234",
    "changemechangeme",
    "computer1234",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "football1234",
    "iloveyou1234",
    "letmein12345",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "q1w2e3r4t5y6",
    "qazwsxedcrfv",
    "qwerty123456",
    "qwertyqwerty",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopas",
    "qwertyuiopasdfghjkl",
    "welcome12345",
    "zaq12wsxcde3",
    "zxcvbnm12345",
)

Result = TypeVar("Result")


class Passwords:
    """Hashes and verifies in threads of its own, so many at a time that memory stays bounded."""

    def __init__(self, hasher: PasswordHasher = PARAMETERS) -> None:
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(CONCURRENT, thread_name_prefix="passwords")
        self._waiting = 0
        self._decoy = hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash to keep, with its salt and parameters in the text (PHC string format)."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether the password belongs to the hash. None, for an account that does not exist, takes as long."""
        matches = await self._run(lambda: self._matches(kept or self._decoy, password))
        return matches and kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """Lets the threads end."""
        self._threads.shutdown(wait=False)

    def _matches(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._waiting >= QUEUE:
            raise HTTPException(503, "Too many are logging in. Try again in a moment.", {"Retry-After": "1"})
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def weakness(password: str, username: str) -> str | None:
    """Why a new password is refused; None when it is not. Its length is the schema's matter."""
    if password.casefold() in COMMON:
        return "Is among the most common passwords"
    if password.casefold().strip() == username.casefold():
        return "Is the username"
    return None
