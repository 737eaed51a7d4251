"""Known vulnerabilities of the locked dependencies: from a local copy of the OSV data, else from osv.dev.

The local copy has the layout of osv-scanner's offline mode: ``PyPI/all.zip``, ``npm/all.zip``, ``crates.io/all.zip``.
"""

from __future__ import annotations

import asyncio
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from flawless.model.facts import STACK, Evidence, Fact, known
from flawless.model.keys import ADVISORIES
from flawless.model.observed_files import AdvisoryScan, Manifest, Package, Vulnerability
from flawless.ports.bundle import Probe, Target
from flawless.probes.files import _locks
from flawless.probes.files._manifests import find
from flawless.probes.files._shared import UnseenError

API = "https://api.osv.dev/v1"
_TIMEOUT = 8.0
_AT_ONCE = 1_000
_MOST_DETAILS = 50
_NAMES = re.compile(rb'"name":\s*"([^"]+)"')
Hit = tuple[set[str], Vulnerability]
_REMEDY = "give a copy of the OSV data with --osv-db DIR, or allow it: --allow-unknown dependency-vulnerable"


async def gather(target: Target) -> Iterable[Fact]:
    """What the database says of every locked package; unknown when there is no database or no lock to ask about."""
    manifests = await asyncio.to_thread(find, target)
    packages = _packages(manifests)
    if not packages:
        return [_fact(target, AdvisoryScan("", 0, ()), ())]
    if target.settings.osv_db:
        folder = Path(target.stack.root, target.settings.osv_db)
        found = await asyncio.to_thread(lambda: tuple(_local(folder, packages)))
        return [_fact(target, AdvisoryScan(f"the OSV data in {target.settings.osv_db}", len(packages), found), ())]
    found, proof = await _remote(target, packages)
    return [_fact(target, AdvisoryScan("osv.dev", len(packages), found), proof)]


def _fact(target: Target, scan: AdvisoryScan, proof: tuple[Evidence, ...]) -> Fact:
    return known(ADVISORIES, STACK, scan, proof, target.ports.clock.now())


def _packages(manifests: tuple[Manifest, ...]) -> tuple[Package, ...]:
    """Every locked package once. A manifest that is not locked leaves its dependencies unknown, and so the whole."""
    for manifest in manifests:
        if not manifest.lock or not _locks.readable(manifest.lock) or not manifest.packages:
            why = f"{manifest.lock} cannot be read" if manifest.lock else f"{manifest.path} has no lock"
            raise UnseenError(f"{why}: nobody knows which versions it installs", remedy="make a lock file")
    unique = {(each.ecosystem, each.name, each.version): each for manifest in manifests for each in manifest.packages}
    return tuple(unique.values())


def _local(folder: Path, packages: tuple[Package, ...]) -> Iterator[Vulnerability]:
    for ecosystem in sorted({package.ecosystem for package in packages}):
        wanted: dict[str, list[Package]] = {}
        for package in packages:
            if package.ecosystem == ecosystem:
                wanted.setdefault(_plain(ecosystem, package.name), []).append(package)
        yield from _unique(
            hit for entry in _entries(_archive(folder, ecosystem), wanted) for hit in _told(ecosystem, entry, wanted)
        )


def _archive(folder: Path, ecosystem: str) -> Path:
    for place in (folder, folder / "osv-scanner"):
        if (place / ecosystem / "all.zip").is_file():
            return place / ecosystem / "all.zip"
    raise UnseenError(
        f"{folder} has no {ecosystem}/all.zip", remedy="fetch it from the OSV data dumps, or correct --osv-db"
    )


def _entries(archive: Path, wanted: dict[str, list[Package]]) -> Iterator[dict[str, Any]]:
    """Advisories that name a wanted package; the rest is not decoded."""
    try:
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                content = opened.read(name)
                named = {_plain("PyPI", found.decode("utf-8", "replace")) for found in _NAMES.findall(content)}
                if named.intersection(_plain("PyPI", each) for each in wanted):
                    entry = json.loads(content)
                    if isinstance(entry, dict) and not entry.get("withdrawn"):
                        yield entry
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, ValueError, RuntimeError) as error:
        raise UnseenError(f"{archive} cannot be read: {error}", remedy="fetch it again") from error


def _plain(ecosystem: str, name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower() if ecosystem == "PyPI" else name


def _told(ecosystem: str, entry: dict[str, Any], wanted: dict[str, list[Package]]) -> list[Hit]:
    """What an advisory says of the wanted packages; UnseenError when it is not of the form of OSV's schema."""
    try:
        return list(_matches(ecosystem, entry, wanted))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        what = f"the advisory {str(entry.get('id'))[:100]} is not of the form of the OSV schema"
        raise UnseenError(what, remedy="fetch the OSV data again") from error


def _matches(ecosystem: str, entry: dict[str, Any], wanted: dict[str, list[Package]]) -> Iterator[Hit]:
    from flawless.probes.files import _versions

    names = {str(entry.get("id")), *map(str, entry.get("aliases") or ())}
    for part in entry.get("affected") or ():
        about = part.get("package") or {}
        if about.get("ecosystem") != ecosystem:
            continue
        for package in wanted.get(_plain(ecosystem, str(about.get("name"))), ()):
            hit, fixed = _versions.affected(ecosystem, package.version, part)
            if hit:
                yield names, _vulnerability(package, entry, fixed)


def _vulnerability(package: Package, entry: dict[str, Any], fixed: str) -> Vulnerability:
    specific = entry.get("database_specific")
    severity = str(specific.get("severity") or "") if isinstance(specific, dict) else ""
    return Vulnerability(str(entry.get("id")), package.name, package.version, severity, fixed, package.origin)


def _unique(hits: Iterable[Hit]) -> Iterator[Vulnerability]:
    """One entry for each fault of a package: databases list the same one under several ids."""
    seen: set[tuple[str, str, str]] = set()
    for names, hit in hits:
        keys = {(name, hit.package, hit.version) for name in names}
        if not keys & seen:
            yield hit
        seen |= keys


async def _remote(
    target: Target, packages: tuple[Package, ...]
) -> tuple[tuple[Vulnerability, ...], tuple[Evidence, ...]]:
    ids: dict[str, list[Package]] = {}
    proof: list[Evidence] = []
    for start in range(0, len(packages), _AT_ONCE):
        chunk = packages[start : start + _AT_ONCE]
        results, evidence = await _query(target, chunk)
        proof.append(evidence)
        for package, result in zip(chunk, results, strict=False):
            for each in (result or {}).get("vulns") or ():
                ids.setdefault(str(each.get("id")), []).append(package)
    details = dict(zip(ids, await _details(target, list(ids)), strict=True))
    hits = [hit for name, hurt in ids.items() for hit in _hits(name, details[name], hurt)]
    return tuple(_unique(hits)), tuple(proof)


async def _query(target: Target, packages: tuple[Package, ...]) -> tuple[list[dict[str, Any]], Evidence]:
    queries = [
        {"package": {"ecosystem": each.ecosystem, "name": each.name}, "version": each.version} for each in packages
    ]
    body = json.dumps({"queries": queries}).encode()
    url = f"{API}/querybatch"
    answer = await target.ports.http.post(url, body, timeout=_TIMEOUT, headers={"content-type": "application/json"})
    if answer.status != 200:
        said = answer.error or f"it answered {answer.status}"
        raise UnseenError(f"the advisory database osv.dev cannot be asked: {said}", remedy=_REMEDY)
    what = f"POST {url} ({len(packages)} packages)"
    text = answer.body.decode("utf-8", "replace")
    evidence = target.ports.masker.evidence(what, answer.status, text, target.ports.clock.now(), answer.seconds)
    try:
        results = json.loads(text)["results"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnseenError("the advisory database osv.dev gave no usable answer", remedy=_REMEDY) from error
    if not isinstance(results, list) or len(results) != len(packages):
        raise UnseenError("the advisory database osv.dev gave no usable answer", remedy=_REMEDY)
    return results, evidence


async def _details(target: Target, ids: list[str]) -> list[dict[str, Any]]:
    """Severity and fixed versions; an advisory without them is still reported."""
    asked = (_detail(target, name) for name in ids[:_MOST_DETAILS])
    found = await asyncio.gather(*asked)
    return [*found, *({} for _ in ids[_MOST_DETAILS:])]


async def _detail(target: Target, name: str) -> dict[str, Any]:
    answer = await target.ports.http.get(f"{API}/vulns/{name}", timeout=_TIMEOUT)
    try:
        entry = json.loads(answer.body) if answer.status == 200 else {}
    except ValueError:
        entry = {}
    return entry if isinstance(entry, dict) else {}


def _hits(name: str, entry: dict[str, Any], packages: list[Package]) -> Iterator[Hit]:
    for package in packages:
        wanted = {_plain(package.ecosystem, package.name): [package]}
        try:
            exact = _told(package.ecosystem, {"id": name, **entry}, wanted) if entry else []
        except UnseenError:
            exact = []  # that it is hurt was said already; only severity and fix are lost
        yield exact[0] if exact else ({name}, _vulnerability(package, {"id": name, **entry}, ""))


PROBE = Probe(keys=(ADVISORIES,), gather=gather, timeout=60.0)
