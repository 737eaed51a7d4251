"""Forged tokens are what their names say, told by another reader than the one that made them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.probes.app._jwt import COMMON, parsed, signed, signs, with_key, without_key
from tests.probes.app.badapp import KEY, jwt

NOW = 1_700_000_000.0
CLAIMS = {"sub": "7", "role": "viewer", "aud": "shop", "iss": "shop", "exp": int(NOW) + 600}


def decoded(text: str) -> list[Any]:
    return [json.loads(base64.urlsafe_b64decode(part + "===")) for part in text.split(".")[:2]]


def genuine(algorithm: str = "HS256") -> Any:
    token = parsed(jwt({"alg": algorithm, "kid": "1"}, CLAIMS, KEY))
    assert token is not None
    return token


@given(st.text(max_size=40))
def test_what_is_no_token_is_none(text: str) -> None:
    found = parsed(text)
    assert found is None or found.text == text


def test_only_its_own_key_signs_a_token() -> None:
    assert signs(genuine(), KEY.encode())
    assert not signs(genuine(), b"another")
    assert not signs(genuine("RS256"), KEY.encode())


def test_without_the_key_no_token_has_a_good_signature_and_is_the_genuine_one() -> None:
    for forged in without_key(genuine(), ""):
        head, body, signature = forged.text.split(".")
        made = hmac.new(KEY.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
        assert base64.urlsafe_b64encode(made).rstrip(b"=").decode() != signature, forged.name


def test_every_way_is_there_once() -> None:
    names = [forged.name for forged in without_key(genuine(), "PUBLIC KEY")]
    assert len(names) == len(set(names))
    assert {"alg none", "alg nOnE", "an empty signature", "a wrong key", "tampered claims (role)"} <= set(names)
    assert sum("common key" in name or "empty key" in name for name in names) == len(COMMON)
    assert sum("public key" in name for name in names) == 3


def test_an_asymmetric_token_is_signed_by_keys_of_our_own() -> None:
    forged = {each.name: each.text for each in without_key(genuine("RS256"), "")}
    assert decoded(forged["its own key in the header"])[0]["jwk"]["kty"] == "RSA"
    assert decoded(forged["a wrong RSA key"])[0]["alg"] == "RS256"


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("an expired token", "exp"),
        ("a token that is not valid yet", "nbf"),
        ("a token of another audience", "aud"),
        ("a token of another issuer", "iss"),
    ],
)
def test_with_the_key_one_claim_is_wrong_and_the_signature_good(name: str, claim: str) -> None:
    forged = {each.name: each.text for each in with_key(genuine(), KEY.encode(), NOW)}[name]
    claims = decoded(forged)[1]
    assert claims[claim] != CLAIMS.get(claim)
    assert parsed(forged) and signs(parsed(forged), KEY.encode())  # type: ignore[arg-type]


def test_the_control_is_the_same_token() -> None:
    token = genuine()
    assert decoded(signed(token.header, token.claims, KEY.encode())) == [token.header, token.claims]
