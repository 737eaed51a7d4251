"""Loaded by schemathesis: how it logs in, and what keeps it from locking out the accounts that it works with."""

from __future__ import annotations

import itertools
import json
import os
import secrets
from typing import Any

import httpx2
import schemathesis

BASE = os.environ["VIWORKS_BASE"]
PROTECTED = frozenset(os.environ["VIWORKS_PROTECTED"].split(","))
VICTIM = int(os.environ["VIWORKS_VICTIM"])
# Several, in turn: an account at which many wrong passwords were tried is locked for a while, as it should be.
ACCOUNTS = json.loads(os.environ["VIWORKS_ACCOUNTS"])
IN_TURN = itertools.cycle(ACCOUNTS)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """A change of one of our accounts becomes a change of one that is there for it; everything else stays."""
    if case.method == "PATCH" and case.path == "/api/users/{id}" and str(case.path_parameters.get("id")) in PROTECTED:
        case.path_parameters["id"] = VICTIM


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """That a key came before with another body no schema can tell (Idempotency-Key header field, draft 07, 2.7)."""
    return not (response.status_code == 422 and b"Was used before with another body" in response.content)


class Session:
    """A new session whenever the one before was ended by what was tried."""

    def get(self, case: Any, context: Any) -> str:
        """An access token."""
        username, password = next(IN_TURN)
        elsewhere = {"X-Forwarded-For": f"198.19.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}
        credentials = {"username": username, "password": password}
        answer = httpx2.post(f"{BASE}/api/auth/login", json=credentials, headers=elsewhere, timeout=20)
        return str(answer.raise_for_status().json()["access_token"])

    def set(self, case: Any, data: str, context: Any) -> None:
        """Send it along."""
        case.headers["Authorization"] = f"Bearer {data}"


if ACCOUNTS:
    schemathesis.auth(retry_on=[401])(Session)
