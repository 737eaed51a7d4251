"""Stacks made to hurt: each is refused or read within seconds and within a bounded share of memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import Struct

SECONDS = 60  # of processor time: a busy machine makes nothing slower
PATIENCE = 600
MEMORY = 1024 * 1024 * 1024
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)
STACK = "services:\n  a: {image: x}\n"


class Ended(Struct, frozen=True):
    """How a check ended: its exit code and what it said."""

    code: int
    text: str


def check(root: Path, *options: str) -> Ended:
    """``flawless check`` in a process that may use one GiB and a minute; one that takes more is killed."""
    done = subprocess.run(
        (sys.executable, "-m", "flawless", "check", str(root), *options),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        preexec_fn=_bounded,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert "Traceback" not in text
    assert done.returncode in (0, 1, 2, 3), text[-2000:]
    return Ended(done.returncode, text)


def _bounded() -> None:
    """Compose's own program, which this one starts, takes address space far beyond what it uses: only data counts."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB + STACK, "aliases"),
        ("a: &a {b: *a}\n" + STACK, "aliases"),
        ("x: " + "[" * 3_000 + "]" * 3_000 + "\n" + STACK, "nests deeper"),
        ("".join(f"{' ' * n}k{n}:\n" for n in range(3_000)) + STACK, "nests deeper"),
        ("x: " + "{a: " * 3_000 + "1" + "}" * 3_000 + "\n" + STACK, "nests deeper"),
        ("x: |\n" + "  a line that says nothing\n" * 450_000 + STACK, "10"),
    ],
    ids=["alias-bomb", "endless-alias", "deep-lists", "deep-blocks", "deep-mappings", "eleven-megabytes"],
)
def test_what_would_eat_the_machine_is_refused(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    ended = check(tmp_path)
    assert ended.code == 2
    assert words in ended.text


def test_five_thousand_services_are_read(tmp_path: Path) -> None:
    services = "".join(f"  s{n}:\n    image: x:{n}\n    ports: ['{n % 60000 + 1}:80']\n" for n in range(5_000))
    (tmp_path / "compose.yaml").write_text(f"services:\n{services}")
    ended = check(tmp_path, "--format", "json")
    assert ended.code in (1, 3)
    assert '"service:s4999"' in ended.text


def test_a_file_of_ten_megabytes_is_read(tmp_path: Path) -> None:
    filler = "# a line of no meaning at all, one of very many of its kind\n" * 160_000
    (tmp_path / "compose.yaml").write_text(filler + STACK)
    assert check(tmp_path).code in (1, 3)


def test_large_files_beside_the_stack_are_read_or_told(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  a:\n    build: .\n    env_file: [a.env]\n")
    (tmp_path / "Dockerfile").write_text("FROM x\n" + "RUN echo a && echo b\n" * 100_000)
    (tmp_path / ".dockerignore").write_text("a/**/b*\n" * 20_000)
    (tmp_path / "a.env").write_text("A=1\n" * 200_000)
    (tmp_path / "requirements.txt").write_text("a==1\n" * 200_000)
    check(tmp_path)


@pytest.mark.parametrize("name", ["a\\e[31m", "a\\u202eb", "a\\nb", "a\\e]0;x\\a"])
def test_no_escape_sequence_of_a_name_reaches_the_terminal(name: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        f'services:\n  a:\n    image: x\n    environment: {{"{name}": "{name}"}}\n    labels: {{"{name}": y}}\n'
        f'    container_name: "{name}"\n    networks: ["{name}"]\nnetworks: {{"{name}": {{external: true}}}}\n'
    )
    text = check(tmp_path).text
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_every_encoding_is_read_or_told(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_bytes(f"# grün\r\n{STACK}".encode(encoding))
    check(tmp_path)
