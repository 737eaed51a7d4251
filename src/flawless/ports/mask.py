"""Secrets are masked on the way in: no text becomes evidence before it went through here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from flawless.model.facts import Evidence
from flawless.model.stack import MASK
from flawless.sensitive import embedded, hide_embedded

_LEAST = 6
# To the last @ before the path: people write an @ in a password although RFC 3986 wants it escaped.
_URL_PASSWORD = re.compile(r"(?<=://)([^/\s:@]*):([^/\s]+)@")
_EXTRACT = 2_000
_BEGINNING = 8
_LONG = 2 * _BEGINNING
# What many values begin with gives none away: tokens of one kind, and words.
_TELLING = re.compile(r"(?!eyJ)(?=.*\d)(?=.*[A-Za-z])[!-~]+")


class Masker:
    """Knows the secret values of a run and takes them out of text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._names: dict[str, str] = {}
        self._beginnings: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Add values to be masked, stripped of space; those under six characters would blank common words."""
        self._secrets.update(secret.strip() for secret in secrets if len(secret.strip()) >= _LEAST)

    def learn_names(self, names: Mapping[str, str]) -> None:
        """Add secrets with their names, by value, for ``given_away``; they are masked too."""
        self.learn(names)
        self._names |= {value.strip(): name for value, name in names.items() if len(value.strip()) >= _LEAST}
        self._beginnings = {value[:_BEGINNING]: name for value, name in self._names.items() if _tells_itself(value)}
        words = "|".join(map(re.escape, sorted({*self._names, *self._beginnings}, key=len, reverse=True)))
        self._pattern = re.compile(rf"(?<![^\W_])(?:{words})") if words else None

    def given_away(self, text: str) -> dict[str, bool]:
        """The names of the secrets that a text holds, never a value; true where only the beginning of it is there."""
        found: dict[str, bool] = {}
        for hit in self._pattern.finditer(text) if self._pattern else ():
            name = self._names.get(hit[0], "")
            if name and not _goes_on(text, hit.end()):
                found[name] = False
            elif hit[0] in self._beginnings:
                found.setdefault(self._beginnings[hit[0]], True)
        return found

    def mask(self, text: str) -> str:
        """The text without any known secret and without the password of any URL."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return _URL_PASSWORD.sub(rf"\1:{MASK}@", text)

    def mask_source(self, text: str) -> str:
        """A file's text without any known secret, nor those that its own form gives away; they are known now."""
        self.learn(embedded(text))
        return hide_embedded(self.mask(text))

    def evidence(self, what: str, status: object, output: str, at: float, seconds: float) -> Evidence:
        """Evidence of one act: masked extract (the end, where errors are) and the digest of the masked whole."""
        clean = self.mask(output)
        digest = f"sha256:{hashlib.sha256(clean.encode('utf-8', 'replace')).hexdigest()}"
        return Evidence(self.mask(what), str(status), clean[-_EXTRACT:].strip(), digest, at, round(seconds, 3))


def _tells_itself(value: str) -> bool:
    """Whether the first characters of a secret belong to no other text."""
    return len(value) >= _LONG and bool(_TELLING.fullmatch(value[:_BEGINNING]))


def _goes_on(text: str, end: int) -> bool:
    """Whether a word goes on there: a short password inside of a longer word is none."""
    return end < len(text) and text[end].isalnum()
