"""Coverage-guided fuzzing of the readers that are written by hand; needs atheris, and is no part of the tests.

python tests/fuzz/guided.py READER -max_total_time=120 -timeout=5 -rss_limit_mb=1024 [CORPUS]
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["flawless"]):
    from flawless import dotenv
    from flawless.checks.images._shell import can_fail, statements
    from flawless.model.stack import Build, Origin
    from flawless.probes.files import (
        _program,
        _reads_go,
        _reads_js,
        _reads_python,
        _reads_rust,
        _reads_shell,
        _secrets,
        alembic,
        git_history,
    )
    from flawless.probes.files._comments import waivers_in
    from flawless.probes.files._dockerfile import parse
    from flawless.probes.files._locks import packages
    from flawless.probes.files._shared import UnseenError

BUILD = Build("/c", "/c/Dockerfile", "", (), Origin("c", 1))


def _dockerfile(text: str) -> None:
    try:
        parse(text, "Dockerfile", BUILD)
    except UnseenError as error:
        assert error.what


def _names(read: Callable[[str], object], head: str) -> Callable[[str], object]:
    """A reader of source names, which looks at a text only when it holds the word that it is about."""
    return lambda text: read(f"{head}{text}")


def _lock(text: str) -> None:
    for name in ("requirements.txt", "yarn.lock"):
        try:
            packages(text, name)
        except ValueError as error:
            assert str(error)


READERS: dict[str, Callable[[str], object]] = {
    "dockerfile": _dockerfile,
    "dotenv": dotenv.names,
    "rust": _names(_reads_rust.read, "env "),
    "go": _names(_reads_go.read, "Getenv "),
    "javascript": _names(_reads_js.read, "process.env "),
    "python": _names(_reads_python.read, "environ\n"),
    "shell-names": _names(_reads_shell.read, "$A\n"),
    "shell-text": lambda text: (statements(text), can_fail(text)),
    "programs": lambda text: (list(_program.cors(text, "a")), list(_program.listens(text, "a"))),
    "alembic": lambda text: list(alembic.read(text, "a.py")),
    "secrets": lambda text: list(_secrets.in_content(".env", text.encode("utf-8", "replace"))),
    "git-log": _names(lambda text: list(git_history.secrets_in(text)), "\0c0ffee\ndiff --git a/.env b/.env\n"),
    "waivers": lambda text: list(waivers_in(text, "a")),
    "locks": _lock,
}


def one_input(data: bytes) -> None:
    """Bytes as a text that may hold anything, half characters too."""
    READERS[NAME](data.decode("utf-8", "surrogateescape"))


if __name__ == "__main__":
    NAME = sys.argv.pop(1)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
