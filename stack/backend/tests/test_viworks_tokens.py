"""Access tokens: what is accepted, and everything that must not be."""

import base64
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from viworks.accounts import tokens
from viworks.accounts.tokens import AccessTokens
from viworks.identity import AccessDenied, Role

KEY, OLD, FOREIGN = (secrets.token_bytes(32) for _ in range(3))
TOKENS = AccessTokens((KEY, OLD), "viworks", "viworks-api")
SESSION = uuid4()


def token(change: dict[str, Any] | None = None, *, key: bytes = KEY, header: dict[str, Any] | None = None) -> str:
    """A good token but for the change; a claim of None is left out."""
    now = datetime.now(UTC)
    claims = {
        "iss": "viworks",
        "aud": "viworks-api",
        "sub": "7",
        "sid": str(SESSION),
        "jti": "1",
        "role": "operator",
        "preferred_username": "ada",
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(minutes=10),
        **(change or {}),
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, key, "HS256", headers={"kid": tokens.key_id(key), "typ": tokens.TYPE, **(header or {})})


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_names_its_account_session_and_role() -> None:
    found = TOKENS.read(TOKENS.issue(7, "ada", Role.OPERATOR, SESSION))
    assert (found.user_id, found.username, found.role, found.session_id) == (7, "ada", Role.OPERATOR, SESSION)
    remaining = found.expires_at - datetime.now(UTC)
    assert timedelta(minutes=9) < remaining <= timedelta(minutes=10)


def test_the_hand_made_token_of_these_tests_is_a_good_one() -> None:
    assert TOKENS.read(token()).user_id == 7


def test_a_token_of_the_key_before_is_good_until_that_key_is_gone() -> None:
    assert TOKENS.read(token(key=OLD)).user_id == 7
    with pytest.raises(AccessDenied):
        AccessTokens((KEY,), "viworks", "viworks-api").read(token(key=OLD))


@pytest.mark.parametrize(
    "claim", ["iss", "aud", "sub", "sid", "jti", "role", "preferred_username", "iat", "nbf", "exp"]
)
def test_a_token_without_any_of_its_claims_is_refused(claim: str) -> None:
    with pytest.raises(AccessDenied):
        TOKENS.read(token({claim: None}))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody"},
        {"aud": "something"},
        {"aud": ["viworks-api", "something"]},
        {"sub": "ada"},
        {"sid": "1"},
        {"role": "root"},
        {"exp": datetime.now(UTC) - timedelta(minutes=1)},
        {"nbf": datetime.now(UTC) + timedelta(hours=9)},
        {"iat": datetime.now(UTC) + timedelta(hours=9)},
        {"exp": "soon"},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AccessDenied):
        TOKENS.read(token(change))


@pytest.mark.parametrize("header", [{"kid": "unknown"}, {"typ": "JWT"}])
def test_a_token_with_another_header_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(AccessDenied):
        TOKENS.read(token(header=header))


def test_a_token_of_a_foreign_key_is_refused_whatever_key_it_names() -> None:
    with pytest.raises(AccessDenied):
        TOKENS.read(token(key=FOREIGN))
    with pytest.raises(AccessDenied):
        TOKENS.read(token(key=FOREIGN, header={"kid": tokens.key_id(KEY)}))


@pytest.mark.parametrize("algorithm", ["none", "None", "HS384", "RS256"])
def test_a_token_cannot_choose_its_algorithm(algorithm: str) -> None:
    _, claims, signature = token().split(".")
    header = part({"alg": algorithm, "kid": tokens.key_id(KEY), "typ": tokens.TYPE})
    for end in ("", signature):
        with pytest.raises(AccessDenied):
            TOKENS.read(f"{header}.{claims}.{end}")


def test_no_character_of_a_token_can_be_changed() -> None:
    good = token()
    for place in range(0, len(good) - 1, 7):
        changed = good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :]
        with pytest.raises(AccessDenied):
            TOKENS.read(changed)


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "é", "\ud800", "x" * 100_000, "." * 5000])
def test_what_is_no_token_at_all_is_refused(text: str) -> None:
    with pytest.raises(AccessDenied):
        TOKENS.read(text)


def test_refresh_tokens_hold_256_bits_and_only_their_digest_is_kept() -> None:
    made = {tokens.new_refresh_token() for _ in range(100)}
    assert len(made) == 100
    assert all(len(base64.urlsafe_b64decode(text + "=")) == 32 for text in made)
    assert {len(tokens.digest(text)) for text in made} == {32}
