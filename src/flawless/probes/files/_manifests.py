"""Dependency manifests of the build contexts: what they ask for, their locks, and whether a build keeps to them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from flawless.lines import lines_of
from flawless.model.dockerfile import Dockerfile
from flawless.model.observed_files import Manifest, Package
from flawless.model.stack import Origin
from flawless.ports.bundle import Target
from flawless.probes.files import _locks
from flawless.probes.files._shared import UnseenError, read_if_there, read_text, remote, shown, walk
from flawless.probes.files.dockerfiles import read

_DEPTH = 4
_PYTHON_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "requirements.lock", "requirements.txt")
_NODE_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb")
_NOT_SHIPPED = re.compile(r"(?:^|[-_.])(?:dev|develop|test|tests|docs?|lint|ci|build)(?:[-_.]|$)")
_REQUIREMENT = re.compile(r"^([A-Za-z0-9][\w.-]*)")


class Installs(Struct, frozen=True):
    """A line of a Dockerfile that installs dependencies: of which kind, and whether it keeps to the lock."""

    ecosystem: str
    strict: bool
    origin: Origin
    text: str


# Kind, what installs, and what of it keeps to the lock.
_INSTALLERS = tuple(
    (kind, re.compile(installs), re.compile(strict))
    for kind, installs, strict in (
        ("npm", r"\bnpm (?:ci|clean-install|i|install)\b(?!.*(?: -g| --global))", r"\bnpm (?:ci|clean-install)\b"),
        (
            "npm",
            r"\b(?:yarn|pnpm|bun) (?:install|i)\b|\byarn(?: --[\w=-]+)*\s*$|\bpnpm fetch\b",
            r"--frozen-lockfile|--immutable|\bpnpm fetch\b",
        ),
        (
            "crates.io",
            r"\bcargo (?:build|install|run|rustc|fetch|chef cook|auditable build)\b",
            r"--locked|--frozen",
        ),
        ("PyPI", r"\buv sync\b", r"--locked|--frozen"),
        ("PyPI", r"\bpoetry (?:install|sync)\b", r"\bpoetry\b"),
        ("PyPI", r"\bpdm (?:install|sync)\b", r"\bpdm sync\b|--frozen-lockfile"),
        ("PyPI", r"\b(?:pip3?|uv pip) (?:install|sync)\b", r"--require-hashes"),
    )
)


class Found(Struct, frozen=True):
    """A file that may be a manifest, the build context it is in, and the installs of that context's Dockerfiles."""

    target: Target
    context: Path
    path: Path
    installs: tuple[Installs, ...]


def find(target: Target) -> tuple[Manifest, ...]:
    """Every manifest in the build contexts of the stack; UnseenError when one cannot be read."""
    found: dict[Path, Manifest] = {}
    for context, installs in _contexts(target).items():
        for path in walk(context, _DEPTH):
            if path not in found and (manifest := _manifest(Found(target, context, path, tuple(installs)))):
                found[path] = manifest
    return tuple(found.values())


def _contexts(target: Target) -> dict[Path, list[Installs]]:
    contexts: dict[Path, list[Installs]] = {}
    for build in (service.build for service in target.stack.services if service.build):
        if not remote(build) and Path(build.context).is_dir():
            try:
                lines = list(_installs(read(target, build)[0]))
            except UnseenError:
                lines = []  # the probe of Dockerfiles says so
            known = contexts.setdefault(Path(build.context), [])
            known.extend(line for line in lines if line not in known)
    return contexts


def _installs(dockerfile: Dockerfile) -> Iterator[Installs]:
    for step in (step for stage in dockerfile.stages for step in stage.instructions if step.name == "RUN"):
        text = "\n".join(step.heredocs) or " ".join(step.args)
        for command in re.split(r"&&|;|\|\||\n", re.sub(r"\s+", " ", text) if not step.heredocs else text):
            for ecosystem, pattern, strict in _INSTALLERS:
                if pattern.search(command):
                    yield Installs(ecosystem, bool(strict.search(command)), Origin(dockerfile.path, step.line), command)
                    break


def _manifest(found: Found) -> Manifest | None:
    path = found.path
    if path.name == "package.json":
        return _declared(found, "npm", _NODE_LOCKS, _node_names)
    if path.name == "Cargo.toml":
        return _declared(found, "crates.io", ("Cargo.lock",), _cargo_names)
    if path.name == "pyproject.toml":
        return _declared(found, "PyPI", _PYTHON_LOCKS, _python_names)
    if path.name.startswith("requirements") and not _NOT_SHIPPED.search(path.stem.removeprefix("requirements")):
        return _requirements(found)
    return None


def _declared(
    found: Found, ecosystem: str, locks: tuple[str, ...], names: Callable[[str], set[str]]
) -> Manifest | None:
    """A manifest in a format that declares names; None when it declares none."""
    text = read_text(found.target, found.path)
    try:
        wanted = names(text)
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as error:
        name = shown(found.target, found.path)
        raise UnseenError(f"{name} cannot be read: {error}", remedy="correct the file") from error
    return _finished(found, _lock_of(found.path, found.context, locks), ecosystem, wanted) if wanted else None


def _lock_of(path: Path, context: Path, names: tuple[str, ...]) -> Path | None:
    """The lock beside a manifest, or further up for a member of a workspace."""
    for folder in (path.parent, *path.parent.parents):
        for name in names:
            lock = folder / name
            if lock.is_file() and (name != "requirements.txt" or "--hash=" in read_if_there(lock)):
                return lock
        if folder == context:
            return None
    return None


def _requirements(found: Found) -> Manifest | None:
    """requirements.in with its lock; a requirements file with hashes is its own lock."""
    path, text = found.path, read_text(found.target, found.path)
    if path.suffix == ".in":
        lock = next((each for each in (path.with_suffix(".lock"), path.with_suffix(".txt")) if each.is_file()), None)
        return _finished(found, lock, "PyPI", _listed(text))
    if path.suffix not in {".txt", ".lock"} or path.with_suffix(".in").is_file() or not _listed(text):
        return None
    locked = "--hash=" in text
    if locked and _has_names(path.with_name("pyproject.toml")):
        return None  # it is the lock of that
    return _finished(found, path if locked else None, "PyPI", _listed(text))


def _has_names(path: Path) -> bool:
    try:
        return bool(_python_names(read_if_there(path)))
    except (ValueError, AttributeError, TypeError):
        return False


def _finished(found: Found, lock: Path | None, ecosystem: str, wanted: set[str]) -> Manifest:
    path = shown(found.target, found.path)
    if lock is None:
        return Manifest(path, ecosystem, "", None, None, "", ())
    name = shown(found.target, lock)
    packages, stale = _locked(lock, name)
    missing = sorted(wanted - {_plain(each.name) for each in packages}) if packages else []
    if missing:
        stale = f"{', '.join(missing[:3])} of {found.path.name} is not in it"
    relevant = [each for each in found.installs if each.ecosystem == ecosystem and _concerns(each, lock)]
    loose = next((each for each in relevant if not each.strict and not _hashed(each, lock)), None)
    pinned = loose is None if relevant else None
    origin = (loose or relevant[0]).origin if relevant else None
    return Manifest(path, ecosystem, name, None, pinned, stale, packages, origin)


def _locked(lock: Path, name: str) -> tuple[tuple[Package, ...], str]:
    """The packages of a lock, and why they cannot be read."""
    if not _locks.readable(name):
        return (), ""
    try:
        return _locks.packages(read_if_there(lock), name), ""
    except (ValueError, RecursionError) as error:
        return (), f"it cannot be read: {error}"


def _concerns(line: Installs, lock: Path) -> bool:
    """Whether an install is one of the project and not of a tool by name (``pip install uv``)."""
    if line.ecosystem != "PyPI" or "pip" not in line.text:
        return True
    return bool(re.search(r"(?:^|\s)(?:-r|--requirement|-e|\.(?:/|\[|\s|$))", line.text)) or lock.name in line.text


def _hashed(line: Installs, lock: Path) -> bool:
    """pip demands hashes of itself as soon as a requirements file has one."""
    return line.ecosystem == "PyPI" and lock.name in line.text and "--hash=" in read_if_there(lock)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _listed(text: str) -> set[str]:
    found = (_REQUIREMENT.match(line.strip()) for line in lines_of(text))
    return {_plain(each[1]) for each in found if each}


def _node_names(text: str) -> set[str]:
    content = json.loads(text)
    return {_plain(name) for kind in ("dependencies", "devDependencies") for name in content.get(kind) or {}}


def _cargo_names(text: str) -> set[str]:
    """Dependencies under their real names."""
    content = tomllib.loads(text)
    entries = content.get("dependencies", {}).items()
    return {_plain(entry.get("package", name) if isinstance(entry, dict) else name) for name, entry in entries}


def _python_names(text: str) -> set[str]:
    content = tomllib.loads(text)
    declared = content.get("project", {}).get("dependencies", [])
    poetry = set(content.get("tool", {}).get("poetry", {}).get("dependencies", {})) - {"python"}
    return _listed("\n".join(declared)) | {_plain(name) for name in poetry}
