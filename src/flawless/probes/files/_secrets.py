"""Files that may hold secrets, by name, and the lines in them that do. Pure; no value leaves this module."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from pathlib import PurePath

from flawless.lines import lines_of
from flawless.sensitive import assignment, embedded, is_secret

NAMES = (
    *(".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "id_rsa", "id_ed25519"),
    *("id_ecdsa", "ssh_host_*_key"),
    *(".netrc", ".pgpass", ".htpasswd", ".git-credentials", "*.tfstate", "credentials.json", "*.kdbx"),
)
FOLDERS = frozenset({"secrets", ".secrets"})
_EXAMPLES = (".example", ".sample", ".template", ".dist", ".md", ".gitkeep", ".gitignore", ".pub")
_STORES = (".p12", ".pfx", ".jks", ".kdbx")
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_TOKEN = re.compile(r"^\S{6,}$")
_LONGEST = 4_000


def suspect(name: str) -> bool:
    """Whether a file may hold secrets, so far as its path tells; examples and public halves do not."""
    path = PurePath(name)
    if path.name.endswith(_EXAMPLES):
        return False
    return any(fnmatch.fnmatch(path.name, pattern) for pattern in NAMES) or bool(FOLDERS.intersection(path.parts[:-1]))


def in_content(name: str, content: bytes) -> Iterator[tuple[int, str]]:
    """Line (0: the whole file) and kind of each secret in a suspect file, whatever its encoding."""
    path = PurePath(name)
    if path.suffix in _STORES:
        yield 0, f"a key store ({path.suffix})"
        return
    lines = lines_of(content.decode("utf-8", "replace"))
    found = [(number, kind) for number, line in enumerate(lines, 1) if (kind := kind_of(line))]
    yield from found
    if not found and FOLDERS.intersection(path.parts) and len(lines) == 1 and _TOKEN.match(lines[0].strip()):
        yield 1, "a secret file"


def kind_of(line: str) -> str:
    """What kind of secret a line holds, or ""; a very long line is read at its beginning."""
    line = line[:_LONGEST].strip()
    if _PRIVATE.search(line):
        return "a private key"
    if line.startswith("#"):
        return ""
    if (assigned := assignment(line)) and "${" not in assigned[1] and is_secret(*assigned):
        return f"the value of {assigned[0]}"
    return "a password in a URL or option" if any("${" not in each for each in embedded(line)) else ""
