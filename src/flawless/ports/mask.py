"""Secrets are masked on the way in: no text becomes evidence before it went through here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from flawless.model.facts import Evidence
from flawless.model.stack import MASK
from flawless.sensitive import embedded, hide_embedded

_LEAST = 6
# To the last @ before the path: people write an @ in a password although RFC 3986 wants it escaped.
_URL_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):([^/\s]+)@")
_EXTRACT = 2_000


class Masker:
    """Knows the secret values of a run and takes them out of text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Add values to be masked, stripped of space; those under six characters would blank common words."""
        self._secrets.update(secret.strip() for secret in secrets if len(secret.strip()) >= _LEAST)

    def mask(self, text: str) -> str:
        """The text without any known secret and without the password of any URL."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return _URL_PASSWORD.sub(rf"\1:{MASK}@", text)

    def mask_source(self, text: str) -> str:
        """A file's text without any known secret, and without those that its own form gives away: they are known now."""
        self.learn(embedded(text))
        return hide_embedded(self.mask(text))

    def evidence(self, what: str, status: object, output: str, at: float, seconds: float) -> Evidence:
        """Evidence of one act: masked extract (the end, where errors are) and the digest of the masked whole."""
        clean = self.mask(output)
        digest = f"sha256:{hashlib.sha256(clean.encode('utf-8', 'replace')).hexdigest()}"
        return Evidence(self.mask(what), str(status), clean[-_EXTRACT:].strip(), digest, at, round(seconds, 3))
