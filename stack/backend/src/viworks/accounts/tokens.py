"""Access tokens (JWT, RFC 7519 with the advice of RFC 8725) and refresh tokens."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import jwt

from viworks.identity import AccessDenied, Principal, Role

ALGORITHM = "HS256"
TYPE = "at+jwt"  # RFC 9068: no token made for anything else is taken for an access token
ACCESS_SECONDS = 600
LEEWAY_SECONDS = 5  # between the clocks of replicas
REFRESH_DAYS = 7
CLAIMS = ["iss", "aud", "sub", "sid", "jti", "role", "preferred_username", "iat", "nbf", "exp"]
LONGEST = 2048


@dataclass(frozen=True)
class AccessTokens:
    """Makes tokens with the first key, and reads those made with any."""

    keys: Sequence[bytes]
    issuer: str
    audience: str

    def issue(self, user_id: int, username: str, role: Role, session_id: UUID) -> str:
        """A token that lasts ACCESS_SECONDS from now."""
        now = datetime.now(UTC)
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "role": str(role),
            "preferred_username": username,
            "iat": now,
            "nbf": now,
            "exp": now + timedelta(seconds=ACCESS_SECONDS),
        }
        headers = {"kid": key_id(self.keys[0]), "typ": TYPE}
        return jwt.encode(claims, self.keys[0], ALGORITHM, headers=headers)

    def read(self, token: str) -> Principal:
        """Who it was issued to. Raises AccessDenied for whatever is wrong with it."""
        try:
            return principal(self._claims(token))
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            raise AccessDenied from None

    def _claims(self, token: str) -> dict[str, object]:
        if len(token) > LONGEST:
            raise AccessDenied
        header = jwt.get_unverified_header(token)
        if header.get("typ") != TYPE:
            raise AccessDenied
        key = {key_id(key): key for key in self.keys}[header["kid"]]
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],  # pinned: what the header says is never believed
            audience=self.audience,
            issuer=self.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": CLAIMS, "strict_aud": True},
        )


def principal(claims: dict[str, object]) -> Principal:
    """Raises ValueError, TypeError or KeyError when a claim is not what it must be."""
    return Principal(
        user_id=int(str(claims["sub"])),
        username=str(claims["preferred_username"]),
        role=Role(str(claims["role"])),
        session_id=UUID(str(claims["sid"])),
        expires_at=datetime.fromtimestamp(float(str(claims["exp"])), UTC),
    )


def key_id(key: bytes) -> str:
    """Names a key without telling anything of it."""
    return hashlib.sha256(key).hexdigest()[:16]


def new_refresh_token() -> str:
    """256 random bits as text. Only `digest` of it is kept."""
    return secrets.token_urlsafe(32)


def digest(refresh_token: str) -> bytes:
    """SHA-256. No salt and no stretching: there is nothing to guess in 256 random bits."""
    return hashlib.sha256(refresh_token.encode("utf-8", "replace")).digest()
