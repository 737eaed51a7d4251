"""What a healthcheck asks: the port and path of the container itself."""

from __future__ import annotations

import re

from msgspec import Struct

from flawless.checks.images._health import HealthTest

_SELF = r"(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1?\]|\$\(hostname\)|\$\{?HOSTNAME\}?)"
_URL = re.compile(rf"(?P<scheme>https?)://{_SELF}(?::(?P<port>[^/\s'\"?]+))?(?P<path>/[^\s'\"?#;|)]*)?", re.IGNORECASE)
_BARE = re.compile(rf"(?<![\w/@.:-]){_SELF}:(?P<port>\d+)(?P<path>/[^\s'\"?#;|)]*)?")
_PAIR = re.compile(rf"(?<![\w/@.])['\"]?{_SELF}['\"]?(?:\s*,\s*|\s+|/)(?P<port>\d{{2,5}})\b")
_DEVICE = re.compile(rf"/dev/tcp/{_SELF}/(?P<port>\d{{2,5}})\b")
_PATH_NEXT = re.compile(r"['\"](?P<path>/[^'\"\s]*)['\"]")
_DEFAULT = {"http": 80, "https": 443}


class Asked(Struct, frozen=True):
    """A port (None: a variable holds it) and a path ("" for none)."""

    port: int | None
    path: str


def asked(test: HealthTest) -> Asked | None:
    """What the test asks of its own container; None when it asks by no port that can be seen."""
    text = test.text
    if url := _URL.search(text):
        port = url["port"]
        number = _DEFAULT[url["scheme"].lower()] if port is None else int(port) if port.isdecimal() else None
        return Asked(number, url["path"] or "/")
    if bare := _BARE.search(text):
        return Asked(int(bare["port"]), bare["path"] or "/")
    if device := _DEVICE.search(text):
        return Asked(int(device["port"]), "")
    if pair := _PAIR.search(text):
        path = _PATH_NEXT.search(text, pair.end())
        return Asked(int(pair["port"]), path["path"] if path else "")
    for word, following in zip(test.argv, test.argv[1:], strict=False):
        if word.isdecimal() and 1 < len(word) < 6 and following.startswith("/"):
            return Asked(int(word), following)
    return None
