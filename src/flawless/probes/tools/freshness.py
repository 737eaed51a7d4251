"""Newer releases of the direct dependencies, asked of the ecosystem's own tool for each manifest and lock."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Fact, known
from flawless.model.keys import FRESHNESS
from flawless.model.observed_files import Freshness, Manifest, OutdatedPackage
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _locks
from flawless.probes.files._manifests import find
from flawless.probes.files._shared import UnseenError, read_if_there
from flawless.probes.tools import _tool

_SECONDS = 60.0
_LISTED = re.compile(r"^([A-Za-z0-9][\w.-]*)", re.MULTILINE)
_CARGO = re.compile(r"^\s*Updating (?P<name>\S+) v\S+ -> v(?P<newest>\S+)", re.MULTILINE)
Newest = dict[str, str]


async def gather(target: Target) -> Iterable[Fact]:
    """What is behind, for each manifest; ``unseen`` where nobody could be asked."""
    manifests = await asyncio.to_thread(find, target)
    found = await asyncio.gather(*(_of(target, manifest) for manifest in manifests))
    return [known(FRESHNESS, STACK, tuple(found), (), target.ports.clock.now())]


async def _of(target: Target, manifest: Manifest) -> Freshness:
    tool = _TOOLS[manifest.ecosystem][0]
    try:
        if not manifest.lock:
            raise UnseenError("it has no lock, so nobody knows what is installed")
        newest = await _TOOLS[manifest.ecosystem][1](target, manifest)
    except (FlawlessError, RecursionError, *_tool.MALFORMED) as error:
        why = error.what if isinstance(error, FlawlessError) else f"{tool} gave no usable answer"
        return Freshness(manifest.path, tool, 0, (), target.ports.masker.mask(why))
    behind = [
        OutdatedPackage(each.name, each.version, newest[_plain(each.name)], each.origin)
        for each in manifest.packages
        if newest.get(_plain(each.name), each.version) != each.version
    ]
    return Freshness(manifest.path, tool, len(newest), tuple(behind))


async def _python(target: Target, manifest: Manifest) -> Newest:
    """The newest versions that the manifest allows, resolved by uv as if there were no lock."""
    path = Path(target.stack.root, manifest.path)
    if path.name == "pyproject.toml":
        names = {_plain(each.name) for each in manifest.packages}
    else:
        names = {_plain(name) for name in _LISTED.findall(read_if_there(path))}
    argv = ("uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--no-header", "--no-annotate", str(path))
    with tempfile.TemporaryDirectory(prefix="flawless-") as folder:
        result = await _tool.run(target, argv, install="pip install uv", timeout=_SECONDS, cwd=Path(folder))
    if not result.ok:
        said = result.stderr.strip().splitlines()
        raise UnseenError(f"uv could not resolve it: {said[-1][:200] if said else 'it said nothing'}")
    resolved = {_plain(each.name): each.version for each in _locks.requirements(result.stdout, "uv")}
    return {name: version for name, version in resolved.items() if name in names}


async def _node(target: Target, manifest: Manifest) -> Newest:
    """What ``npm outdated`` calls the newest release that the manifest allows; it lists only what is behind."""
    folder = Path(target.stack.root, manifest.path).parent
    declared = json.loads(read_if_there(folder / "package.json"))
    direct = {**declared.get("dependencies", {}), **declared.get("devDependencies", {})}
    locked = {_plain(each.name): each.version for each in manifest.packages}
    result = await _tool.run(
        target, ("npm", "outdated", "--json"), install="install Node.js", timeout=_SECONDS, cwd=folder
    )
    answer = _tool.decoded(result, "npm") if result.stdout.strip() else {}
    if "error" in answer:
        raise UnseenError(f"npm could not tell: {str(answer['error'].get('summary', ''))[:200]}")
    newest = {_plain(name): str(each["wanted"]) for name, each in answer.items() if isinstance(each, dict)}
    return {_plain(name): newest.get(_plain(name), locked.get(_plain(name), "")) for name in direct}


async def _cargo(target: Target, manifest: Manifest) -> Newest:
    """What ``cargo update --dry-run`` would take."""
    path = Path(target.stack.root, manifest.path)
    argv = ("cargo", "update", "--dry-run", "--color=never", "--manifest-path", str(path))
    result = await _tool.run(target, argv, install="install cargo", timeout=_SECONDS)
    if not result.ok:
        said = result.stderr.strip().splitlines()
        raise UnseenError(f"cargo could not tell: {said[-1][:200] if said else 'it said nothing'}")
    locked = {_plain(each.name): each.version for each in manifest.packages}
    return {**locked, **{_plain(each["name"]): each["newest"] for each in _CARGO.finditer(result.stderr)}}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


_TOOLS = {"PyPI": ("uv", _python), "npm": ("npm", _node), "crates.io": ("cargo", _cargo)}

PROBE = Probe(keys=(FRESHNESS,), gather=gather, timeout=120.0)
