"""Long texts of one piece over and over: what makes a careless pattern slow takes no reader more than seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from flawless.checks.images._shell import can_fail, statements
from flawless.dotenv import names
from flawless.model.stack import Build, Origin
from flawless.ports.mask import Masker
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
    init_scripts,
    operations,
)
from flawless.probes.files._comments import waivers_in
from flawless.probes.files._dockerfile import parse
from flawless.probes.files._shared import UnseenError
from flawless.sensitive import hide_embedded
from flawless.templates import template_line
from tests.fuzz.texts import FULL, answers

LENGTH, TIMES = (256 * 1024, 80.0) if FULL else (48 * 1024, 20.0)
COUNTED = 2_000_000
BUILD = Build("/c", "/c/Dockerfile", "", (), Origin("c", 1))
PIECES = (
    *("a", " ", "\t", "\n", "\r", "(", "{", "[", '"', "'", "`", "#", "/*", "//", "\\", '"\\', "$", "${", "$(", "="),
    *("a=", "a = 'b ", "a;", "a@", "&&", "||", "<<A\n", "env::var(", 'os.Getenv("A', "process.env.A ", "const {a"),
    *("if (!", "struct A {", "#[arg(", "import {a,", "z.object({", "env.str(", 'r#"', "require_env", "must_env("),
    *("nginx ", "lego ", "certbot ", "create role ", "://a:b", "password=", "--password ", "A_TOKEN", "export A"),
    *("-----BEGIN ", "flawless: allow ", "# flawless: allow a -- ", "diff --git ", "+++ b/", "RUN ", "COPY a "),
    *("{%", "{{", "|"),
)


def _program_of(text: str) -> None:
    list(_program.cors(text, "a"))
    list(_program.websockets(text, "a"))
    list(_program.listens(text, "a"))


def _commands_of(text: str) -> None:
    for _, said in operations._joined(text):
        operations._ASKED_FOR.search(said[: operations._LONGEST])


READERS: dict[str, Callable[[str], object]] = {
    "rust": lambda text: _reads_rust.read(f"env {text}"),
    "go": lambda text: _reads_go.read(f"os.Environ() {text}"),
    "javascript": lambda text: _reads_js.read(f"process.env {text}"),
    "python": lambda text: _reads_python.read(f"environ {text}"),
    "shell names": lambda text: _reads_shell.read(f"$A {text}"),
    "shell text": lambda text: (statements(text), can_fail(text)),
    "programs": _program_of,
    "alembic": lambda text: list(alembic.read(text, "a.py")),
    "sql": lambda text: (init_scripts._MAKES.search(text), init_scripts._BY_VARIABLE.search(text)),
    "commands": _commands_of,
    "secrets": lambda text: list(_secrets.in_content(".env", text.encode())),
    "git's log": lambda text: list(git_history.secrets_in(f"\0c0ffee\n{text}")),
    "waivers": lambda text: list(waivers_in(text, "a")),
    "env files": names,
    "dockerfiles": lambda text: answers(lambda: parse(f"FROM x\n{text}", "Dockerfile", BUILD), UnseenError),
    "templates": template_line,
    "masking": lambda text: (Masker(["abcdefgh"]).mask(text), hide_embedded(text)),
}


def _spent(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize("name", READERS)
def test_no_piece_over_and_over_takes_long(name: str) -> None:
    """In times of what this machine takes to count to two million: a slow one is given longer."""
    slow, most = {}, TIMES * _spent(lambda: sum(1 for _ in range(COUNTED)))
    for piece in PIECES:
        text = (piece * (LENGTH // len(piece) + 1))[:LENGTH]
        took = _spent(partial(READERS[name], text))
        if took > most:
            slow[piece] = round(took, 1)
    assert not slow
