"""A thousand logins, with the limits that the stack ships (ASVS 5.0 V6.3, API4:2023)."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from stack.tests.harness import Login, Site

pytestmark = pytest.mark.engine

LOGINS, AT_ONCE = 1000, 20


@pytest.fixture(scope="module")
def limited(site: Site) -> Iterator[Site]:
    """The site with the limits it ships."""
    for role in ("admin", "viewer"):
        site.login(role)
    with site.shipped_limits():
        yield site


def attempt(site: Site, username: str, password: str, **headers: str) -> httpx2.Response:
    """One login through the proxy."""
    credentials = {"username": username, "password": password}
    return site.request("POST", "/api/auth/login", json=credentials, headers=headers)


def guesses(site: Site, username: str) -> list[httpx2.Response]:
    """A thousand wrong passwords, many at once, each claiming to come from somewhere else."""

    def guess(number: int) -> httpx2.Response:
        claimed = f"203.0.{number // 250}.{number % 250 + 1}"
        return attempt(site, username, secrets.token_urlsafe(16), **{"X-Forwarded-For": claimed})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(guess, range(LOGINS)))


def others(site: Site, login: Login, over: threading.Event) -> Counter[int]:
    """How the site answers somebody who is logged in, until it is over."""
    seen: Counter[int] = Counter()
    while not over.wait(0.2):
        seen[site.request("GET", "/api/deployments?limit=1", login=login).status_code] += 1
        seen[site.request("GET", "/version").status_code] += 1
    return seen


def locked(site: Site, victim: Login) -> httpx2.Response:
    """The right password, from an address that never failed: only the account's own lock can refuse it."""
    credentials = {"username": victim.user["username"], "password": victim.password}
    elsewhere = {"X-Forwarded-For": f"198.51.100.{secrets.randbelow(250) + 1}"}
    return site.directly("POST", "/api/auth/login", json=credentials, headers=elsewhere)


def test_a_thousand_logins_are_limited_and_disturb_nobody(limited: Site) -> None:
    victim = limited.new_account("viewer")
    bystander, over = limited.login("viewer"), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        meanwhile = pool.submit(others, limited, bystander, over)
        answers = guesses(limited, victim.user["username"])
        over.set()
        seen = meanwhile.result(timeout=60)
    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) == {401, 429}, codes
    assert codes[401] <= 30, f"{codes[401]} guesses were looked at"
    for answer in answers:
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["content-type"].startswith("application/problem+json")
    assert set(seen) == {200}, seen
    assert seen[200] >= 4


def test_a_locked_account_stays_locked_over_a_restart(limited: Site) -> None:
    victim = limited.new_account("viewer")
    assert locked(limited, victim).status_code == 200, "the control: the password is right"
    for number in range(40):
        credentials = {"username": victim.user["username"], "password": "a wrong and unlikely phrase"}
        elsewhere = {"X-Forwarded-For": f"198.51.{number + 1}.1"}
        limited.directly("POST", "/api/auth/login", json=credentials, headers=elsewhere)
    refused = locked(limited, victim)
    assert refused.status_code == 429, "guesses from many addresses do not lock the account"
    assert int(refused.headers["retry-after"]) >= 1
    limited.compose("restart", "backend")
    limited.up("--no-deps", "backend")
    assert locked(limited, victim).status_code == 429, "a restart unlocks the account"
    assert limited.request("GET", "/api/auth/me", login=limited.login("viewer")).status_code == 200
