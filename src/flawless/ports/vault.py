"""Sealing: secret values of a release are kept encrypted; the key stays on this machine."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

from flawless.errors import UsageError
from flawless.ports.files import Files


class Vault:
    """Seals text with the key in ``path``, made at first use (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, path: Path, files: Files) -> None:
        self._path = path
        self._files = files

    def seal(self, text: str) -> str:
        """The text encrypted, as URL-safe characters."""
        from cryptography.fernet import Fernet

        self._make_key()
        try:
            return Fernet(self._key()).encrypt(text.encode()).decode()
        except ValueError as error:
            remedy = "move it away: a new one is made, and releases sealed with the old one cannot be opened any more"
            raise UsageError("the key that seals releases is damaged", where=str(self._path), remedy=remedy) from error

    def fingerprint(self, content: bytes) -> str:
        """A keyed digest (HMAC-SHA-256): equal for equal content, and of no use to guess it without the key."""
        self._make_key()
        return f"hmac-sha256:{hmac.new(self._key(), content, hashlib.sha256).hexdigest()}"

    def key_id(self) -> str:
        """A name for the key that tells nothing of it; empty while there is none here."""
        return self.fingerprint(b"flawless key") if self._path.exists() else ""

    def unseal(self, token: str) -> str:
        """What ``seal`` was given; raise UsageError when this machine does not have the key."""
        from cryptography.fernet import Fernet, InvalidToken

        try:
            return Fernet(self._key()).decrypt(token.encode()).decode()
        except (InvalidToken, ValueError) as error:
            raise UsageError(
                "the release was sealed with another key", where=str(self._path), remedy="copy that machine's key here"
            ) from error

    def _make_key(self) -> None:
        from cryptography.fernet import Fernet

        if not self._path.exists():
            self._files.write(self._path, Fernet.generate_key())

    def _key(self) -> bytes:
        return self._files.read_text(self._path).encode()
