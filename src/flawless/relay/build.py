"""Builds the relay: ``python -m flawless.relay.build``. Nothing happens when it is there.

A checkout needs it for this machine's architecture, a wheel for all: ``--all``. Only the standard library is imported,
as the wheel's build hook runs this file before the package exists. The compiler is the PyPI package ``ziglang``; its
pinned version and ``relay.c`` give the same bytes everywhere, and ``digests.json`` holds their digests. ``--record``
writes that file anew, after a change of the source or of the compiler.
"""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "relay.c"
DIGESTS = HERE / "digests.json"
ARCHITECTURES = ("aarch64", "x86_64")
_SAME = {"amd64": "x86_64", "arm64": "aarch64"}
_COMPILE_SECONDS = 300


class BuildError(Exception):
    """The relay could not be built; one sentence."""


def program(architecture: str) -> Path:
    """Where the relay for an architecture (``x86_64`` or ``aarch64``) belongs."""
    return HERE / "bin" / f"relay-{architecture}"


def digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal digits; empty when there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def architecture_here() -> str:
    """This machine's architecture as the compiler spells it."""
    machine = platform.machine().lower()
    return _SAME.get(machine, machine)


def build(architectures: Sequence[str] = ARCHITECTURES) -> list[str]:
    """Build what is missing or not as recorded; the architectures that were built. Raises BuildError."""
    wanted = json.loads(DIGESTS.read_text())
    if digest(SOURCE) != wanted["source"]:
        raise BuildError(
            "relay.c has changed since digests.json was written: run python -m flawless.relay.build --record"
        )
    if unknown := set(architectures) - set(ARCHITECTURES):
        raise BuildError(f"there is no relay for {', '.join(sorted(unknown))}, only for {' and '.join(ARCHITECTURES)}")
    missing = [name for name in architectures if digest(program(name)) != wanted[name]]
    for name in missing:
        _compile(name, wanted[name])
    return missing


def record() -> None:
    """Build everything and write the digests of source, compiler and programs. Raises BuildError."""
    built = {name: _compile(name) for name in ARCHITECTURES}
    recorded = {"source": digest(SOURCE), "ziglang": _compiler_version(), **built}
    DIGESTS.write_text(json.dumps(recorded, indent=2) + "\n")


def compile_to(path: Path, architecture: str) -> None:
    """Compile the relay for an architecture. Raises BuildError."""
    flags = ("-target", f"{architecture}-linux-musl", "-static", "-Os", "-s", "-Wall", "-Wextra")
    _zig("cc", *flags, "-o", str(path), str(SOURCE))


def _compile(architecture: str, wanted: str = "") -> str:
    target = program(architecture)
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        fresh = Path(folder) / target.name
        compile_to(fresh, architecture)
        made = digest(fresh)
        if wanted and made != wanted:
            pinned = json.loads(DIGESTS.read_text())["ziglang"]
            raise BuildError(f"the relay for {architecture} came out with another digest: install ziglang=={pinned}")
        fresh.chmod(0o755)
        fresh.replace(target)
    return made


def _compiler_version() -> str:
    from importlib.metadata import version

    return version("ziglang")


def _zig(*words: str) -> None:
    argv = (sys.executable, "-m", "ziglang", *words)
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_COMPILE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"the compiler did not finish within {_COMPILE_SECONDS} s") from error
    if "No module named ziglang" in done.stderr:
        raise BuildError("the compiler is missing: pip install ziglang")
    if done.returncode:
        raise BuildError(f"the compiler failed: {done.stderr.strip()[-500:]}")


def main(words: list[str]) -> int:
    """Build for this machine, for all with ``--all``, record with ``--record``; 1 and a sentence when it fails."""
    try:
        if words == ["--record"]:
            record()
        built = build(ARCHITECTURES if words else (architecture_here(),))
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"built the relay for {' and '.join(built)}\n" if built else "the relay is up to date\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
