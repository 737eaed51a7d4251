"""Bad input and a broken world: one sentence, the right exit code, no traceback, nothing harmed."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

GOOD = "services:\n  web:\n    image: example/web:1\n"
SECONDS = 90


def flawless(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run flawless with an engine that is not there unless the environment names one."""
    return subprocess.run(
        (sys.executable, "-m", "flawless", *args),
        cwd=cwd,
        env={**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def told(done: subprocess.CompletedProcess[str]) -> str:
    """What the user sees; never a traceback."""
    shown = done.stdout + done.stderr
    assert "Traceback" not in shown, shown
    assert "this is a bug" not in shown, shown
    return shown


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "compose"),
        ({"compose.yaml": b""}, "compose.yaml"),
        ({"compose.yaml": b"\x00\x01\x02\xff" * 100}, "compose.yaml"),
        ({"compose.yaml": b"# " + b"x" * 11_000_000}, "compose.yaml"),
        ({"compose.yaml": b"services:\n  web:\n    image: [unclosed\n"}, "compose.yaml"),
        ({"compose.yaml": b"services:\n  web:\n    imagee: example/web:1\n"}, "compose.yaml:3"),
        (
            {"compose.yaml": b"services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n"},
            "compose.yaml",
        ),
        (
            {
                "compose.yaml": b"services:\n  a:\n    extends: {file: other.yaml, service: a}\n",
                "other.yaml": b"services:\n  a:\n    extends: {file: compose.yaml, service: a}\n",
            },
            "compose.yaml",
        ),
        ({"compose.yaml": b"include: [compose.yaml]\nservices:\n  a: {image: x}\n"}, "compose.yaml"),
        ({"compose.yaml": b"services:\n  a: {image: '${NAME:?the name is needed}'}\n"}, "NAME"),
        ({"compose.yaml": GOOD.encode(), "flawless.toml": b"[edge]\nurll = 'x'\n"}, "url"),
        ({"compose.yaml": GOOD.encode(), "flawless.toml": b"[[[\n"}, "flawless.toml"),
    ],
    ids=[
        "no-compose-file",
        "empty",
        "binary",
        "huge",
        "not-yaml",
        "unknown-key",
        "cyclic-depends-on",
        "cyclic-extends",
        "cyclic-include",
        "required-variable-missing",
        "unknown-setting",
        "settings-are-no-toml",
    ],
)
def test_a_stack_that_cannot_be_read_is_one_sentence_and_exit_2(bare: Path, files: dict[str, bytes], said: str) -> None:
    for name, content in files.items():
        (bare / name).write_bytes(content)
    done = flawless("check", cwd=bare)
    assert done.returncode == 2, told(done)
    assert said in told(done)
    assert len(done.stderr.strip().splitlines()) <= 4, done.stderr


def test_a_folder_that_is_not_there_is_exit_2(bare: Path) -> None:
    done = flawless("check", "no-such-folder", cwd=bare)
    assert done.returncode == 2
    assert "no-such-folder" in told(done)


def test_a_dockerfile_that_does_not_exist_is_found_with_its_line(bare: Path) -> None:
    (bare / "compose.yaml").write_text("services:\n  web:\n    build:\n      context: .\n      dockerfile: Nowhere\n")
    done = flawless("check", cwd=bare)
    assert done.returncode == 1, told(done)
    assert "Nowhere" in told(done)
    assert "compose.yaml:" in told(done)


def test_an_env_file_with_garbage_is_one_sentence(bare: Path) -> None:
    (bare / "compose.yaml").write_text(GOOD)
    (bare / ".env").write_bytes(b"=\xff\xfe\x00 not a name\n\n'''\n")
    done = flawless("check", cwd=bare)
    assert done.returncode in (1, 2, 3), told(done)


def test_checking_files_needs_no_engine(bare: Path) -> None:
    (bare / "compose.yaml").write_text(GOOD)
    done = flawless("check", "--format", "json", cwd=bare)
    assert done.returncode in (1, 3), told(done)
    assert '"schema"' in done.stdout


@pytest.mark.parametrize("command", ["verify", "deploy", "plan", "rollback"])
def test_no_engine_is_exit_3_and_says_how_to_reach_one(bare: Path, command: str) -> None:
    (bare / "compose.yaml").write_text(GOOD)
    done = flawless(command, cwd=bare)
    assert done.returncode == 3, told(done)
    assert "nowhere/docker.sock" in told(done)


@contextlib.contextmanager
def engine_that(path: Path, *, hangs: bool) -> Iterator[str]:
    """A socket that takes connections and then says nothing, or hangs up."""
    kept: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen(50)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    if hangs:
                        kept.append(connection)
                    else:
                        connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield f"unix://{path}"
    for connection in kept:
        connection.close()


@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "drops-the-connection"])
@pytest.mark.parametrize("command", ["verify", "deploy"])
def test_a_broken_engine_is_exit_3_in_bounded_time(bare: Path, tmp_path: Path, command: str, hangs: bool) -> None:
    (bare / "compose.yaml").write_text(GOOD)
    with engine_that(tmp_path / "engine.sock", hangs=hangs) as address:
        start = time.monotonic()
        done = flawless(command, cwd=bare, DOCKER_HOST=address)
    assert done.returncode == 3, told(done)
    assert time.monotonic() - start < 60
    told(done)


@contextlib.contextmanager
def small_disk(path: Path, options: str) -> Iterator[Path]:
    """A file system of its own; needs root, as the engine's tests do."""
    subprocess.run(("mount", "-t", "tmpfs", "-o", options, "tmpfs", path), check=True, timeout=10)
    try:
        yield path
    finally:
        subprocess.run(("umount", path), check=True, timeout=10)


@pytest.mark.engine
def test_a_full_disk_costs_the_record_not_the_verdict(bare: Path) -> None:
    with small_disk(bare, "size=16k"):
        (bare / "compose.yaml").write_text(GOOD)
        with contextlib.suppress(OSError):
            (bare / "filler").write_bytes(b"x" * 16_384)
        done = flawless("check", cwd=bare)
        assert done.returncode in (1, 3), told(done)
        assert "not recorded" in told(done)


@pytest.mark.engine
def test_a_read_only_folder_costs_the_record_not_the_verdict(bare: Path) -> None:
    with small_disk(bare, "size=1m"):
        (bare / "compose.yaml").write_text(GOOD)
        subprocess.run(("mount", "-o", "remount,ro", bare), check=True, timeout=10)
        done = flawless("check", cwd=bare)
        assert done.returncode in (1, 3), told(done)
        assert "not recorded" in told(done)


@pytest.mark.engine
def test_a_deploy_with_no_room_to_write_its_journal_touches_nothing(bare: Path) -> None:
    with small_disk(bare, "size=1m"):
        (bare / "compose.yaml").write_text(GOOD)
        subprocess.run(("mount", "-o", "remount,ro", bare), check=True, timeout=10)
        done = flawless("deploy", cwd=bare, DOCKER_HOST=os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
        assert done.returncode in (1, 2, 3), told(done)
