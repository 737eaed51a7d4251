"""JSON Web Tokens as an attacker makes them (RFC 7519, RFC 8725)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

Claims = dict[str, Any]

HMACS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
COMMON = (
    "secret",
    "password",
    "changeme",
    "change-me",
    "jwt_secret",
    "jwt-secret",
    "jwtsecret",
    "your-256-bit-secret",
    "your-secret-key",
    "your_jwt_secret",
    "mysecret",
    "my-secret-key",
    "supersecret",
    "super-secret-key",
    "secretkey",
    "secret-key",
    "secret_key",
    "test",
    "dev",
    "default",
    "123456",
    "",
)


class Token(Struct, frozen=True):
    """A genuine token, taken apart."""

    header: Claims
    claims: Claims
    text: str

    @property
    def algorithm(self) -> str:
        """The one its header names."""
        return str(self.header.get("alg", ""))


class Forged(Struct, frozen=True):
    """What is wrong with a token, and the token."""

    name: str
    text: str


def parsed(text: str) -> Token | None:
    """The token taken apart; None when it is no JSON Web Token."""
    parts = text.split(".")
    if len(parts) != 3:
        return None
    try:
        header, claims = (json.loads(_bytes(part)) for part in parts[:2])
    except (ValueError, binascii.Error, RecursionError):
        return None
    return Token(header, claims, text) if isinstance(header, dict) and isinstance(claims, dict) else None


def signed(header: Claims, claims: Claims, key: bytes) -> str:
    """A token with an HMAC of the algorithm that its header names."""
    text = f"{_part(header)}.{_part(claims)}"
    return f"{text}.{_signature(text, key, str(header['alg']))}"


def signs(token: Token, key: bytes) -> bool:
    """Whether the key made the signature of a token."""
    if token.algorithm not in HMACS:
        return False
    text, _, signature = token.text.rpartition(".")
    return hmac.compare_digest(_signature(text, key, token.algorithm), signature)


def without_key(token: Token, public_key: str) -> Iterator[Forged]:
    """What anybody can make who holds one genuine token, and the public key where there is one."""
    text, _, signature = token.text.rpartition(".")
    claims = token.text.split(".")[1]
    for spelling in ("none", "None", "NONE", "nOnE"):
        yield Forged(f"alg {spelling}", f"{_part({**token.header, 'alg': spelling})}.{claims}.")
    yield Forged("alg none with the signature kept", f"{_part({**token.header, 'alg': 'none'})}.{claims}.{signature}")
    yield Forged("an empty signature", f"{text}.")
    yield Forged("a signature of zeros", f"{text}.{'A' * len(signature)}")
    for name, changed in _raised(token.claims):
        yield Forged(f"tampered claims ({name})", f"{_part(token.header)}.{_part(changed)}.{signature}")
    algorithm = token.algorithm if token.algorithm in HMACS else "HS256"
    header = {**token.header, "alg": algorithm}
    yield Forged("a wrong key", signed(header, token.claims, b"flawless: a key of nobody, 32 bytes and more"))
    for common in COMMON:
        name = f"the common key {common!r}" if common else "an empty key"
        yield Forged(name, signed(header, token.claims, common.encode()))
    yield Forged("a key id that is a path", signed({**header, "kid": "../../../../dev/null"}, token.claims, b""))
    for number, form in enumerate((public_key, public_key.strip(), public_key.strip() + "\n") if public_key else ()):
        name = f"the public key as an HMAC key ({number + 1})"
        yield Forged(name, signed({**token.header, "alg": "HS256"}, token.claims, form.encode()))
    if token.algorithm not in HMACS:
        yield from _asymmetric(token)


def _raised(claims: Claims) -> Iterator[tuple[str, Claims]]:
    for name in ("role", "roles", "scope", "is_admin", "admin"):
        if name in claims:
            yield name, {**claims, name: ["admin"] if isinstance(claims[name], list) else "administrator"}
    yield "sub", {**claims, "sub": f"{claims.get('sub', '')}1"}
    if isinstance(claims.get("exp"), (int, float)):
        yield "exp", {**claims, "exp": claims["exp"] + 86_400}


def _asymmetric(token: Token) -> Iterator[Forged]:
    """A token signed with a key pair of our own, alone and with the public half in its header."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(65_537, 2048)
    numbers = key.public_key().public_numbers()
    own = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    for name, extra in (("a wrong RSA key", {}), ("its own key in the header", {"jwk": own})):
        text = f"{_part({**token.header, 'alg': 'RS256', **extra})}.{_part(token.claims)}"
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        yield Forged(name, f"{text}.{_text(signature)}")


def with_key(token: Token, key: bytes, now: float) -> Iterator[Forged]:
    """What a server with the right key should still refuse: the signature is good, the claims are not."""
    times = {name: int(now) - 7200 + age for name, age in (("iat", 0), ("nbf", 0), ("exp", 3600))}
    yield Forged("an expired token", signed(token.header, {**token.claims, **times}, key))
    yield Forged("a token that is not valid yet", signed(token.header, {**token.claims, "nbf": int(now) + 3600}, key))
    for name, words in (("aud", "another audience"), ("iss", "another issuer")):
        if name in token.claims:
            changed = {**token.claims, name: "https://flawless.example"}
            yield Forged(f"a token of {words}", signed(token.header, changed, key))


def _signature(text: str, key: bytes, algorithm: str) -> str:
    return _text(hmac.new(key, text.encode(), getattr(hashlib, HMACS[algorithm])).digest())


def _part(value: Claims) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
