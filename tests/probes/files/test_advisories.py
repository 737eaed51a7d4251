"""Known vulnerabilities, from a local database and from the public one."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from flawless.app.gather import gather
from flawless.model.facts import STACK, Known, Unknown
from flawless.model.keys import ADVISORIES
from flawless.model.observed_files import AdvisoryScan
from flawless.model.settings import Settings
from flawless.ports.bundle import Target
from flawless.ports.http import Answer
from flawless.probes.files import _versions
from flawless.testing.from_files import file_ports, stack_from
from tests.probes.files._world import APP, reason, value

LOCK = "requests==2.31.0 \\\n    --hash=sha256:aa\njinja2==3.1.6 \\\n    --hash=sha256:bb\n"
FILES = {"compose.yaml": APP, "Dockerfile": "FROM x", "requirements.txt": LOCK}
LOCAL = Settings(osv_db="osv")


def advisory(name: str, package: str, **more: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "2.32.0"}]
    affected = {"package": {"ecosystem": "PyPI", "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    return {"id": name, "affected": [affected], "database_specific": {"severity": "HIGH"}, **more}


def database(root: Path, *entries: dict[str, Any], ecosystem: str = "PyPI") -> None:
    folder = root / "osv" / ecosystem
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        for entry in entries:
            archive.writestr(f"{entry['id']}.json", json.dumps(entry))


def test_an_affected_package_is_found_with_severity_fix_and_line(tmp_path: Path) -> None:
    database(tmp_path, advisory("GHSA-1", "Requests"), advisory("GHSA-2", "flask"), advisory("GHSA-3", "jinja2"))
    scan = value(ADVISORIES, FILES, tmp_path, settings=LOCAL)
    (found,) = scan.found
    assert (found.id, found.package, found.severity, found.fixed) == ("GHSA-1", "requests", "HIGH", "2.32.0")
    assert str(found.origin) == "requirements.txt:1"
    assert scan.packages == 2


def test_an_advisory_of_another_form_is_unknown_not_clean(tmp_path: Path) -> None:
    broken = advisory("GHSA-9", "requests")
    database(tmp_path, {**broken, "affected": [{**broken["affected"][0], "ranges": [None]}]})
    assert reason(ADVISORIES, FILES, tmp_path, settings=LOCAL) == (
        "the advisory GHSA-9 is not of the form of the OSV schema"
    )


def test_one_fault_under_two_names_counts_once_and_a_withdrawn_one_not_at_all(tmp_path: Path) -> None:
    database(
        tmp_path,
        advisory("GHSA-1", "requests", aliases=["CVE-1"]),
        advisory("PYSEC-1", "requests", aliases=["CVE-1"]),
        advisory("GHSA-9", "requests", withdrawn="2024-01-01T00:00:00Z"),
    )
    assert [each.id for each in value(ADVISORIES, FILES, tmp_path, settings=LOCAL).found] == ["GHSA-1"]


def test_a_database_that_is_missing_or_broken_is_unknown(tmp_path: Path) -> None:
    assert "PyPI/all.zip" in reason(ADVISORIES, FILES, tmp_path, settings=LOCAL)
    (tmp_path / "osv" / "PyPI").mkdir(parents=True)
    (tmp_path / "osv" / "PyPI" / "all.zip").write_bytes(b"no zip")
    assert "cannot be read" in reason(ADVISORIES, FILES, tmp_path, settings=LOCAL)


def test_no_manifest_is_an_empty_scan_and_a_manifest_without_lock_is_unknown(tmp_path: Path) -> None:
    bare = {"compose.yaml": APP, "Dockerfile": "FROM x"}
    assert value(ADVISORIES, bare, tmp_path) == AdvisoryScan("", 0, ())
    assert "requirements.txt has no lock" in reason(ADVISORIES, {**bare, "requirements.txt": "requests\n"}, tmp_path)


class Database:
    """Answers as osv.dev does, from a table; or with one status to everything."""

    def __init__(self, vulnerable: Mapping[str, dict[str, Any]], status: int = 200, body: bytes | None = None) -> None:
        self._vulnerable, self._status, self._body = vulnerable, status, body

    async def post(self, url: str, body: bytes, **_: Any) -> Answer:
        queries = json.loads(body)["queries"]
        results = [self._result(query["package"]["name"]) for query in queries]
        text = json.dumps({"results": results}).encode() if self._body is None else self._body
        return Answer(self._status, {}, text, 0.1, "" if self._status else "timed out")

    def _result(self, name: str) -> dict[str, Any]:
        return {"vulns": [{"id": self._vulnerable[name]["id"]}]} if name in self._vulnerable else {}

    async def get(self, url: str, **_: Any) -> Answer:
        entry = next((each for each in self._vulnerable.values() if url.endswith(each["id"])), None)
        return Answer(200 if entry else 404, {}, json.dumps(entry).encode(), 0.1)


def asked(database: Database, root: Path) -> Known[AdvisoryScan] | Unknown | None:
    http: Any = database
    ports = structs.replace(file_ports(), http=http)
    target = Target(stack_from(FILES, root), Settings(), ports)
    return asyncio.run(gather(target, [ADVISORIES])).get(ADVISORIES, STACK)


def test_the_public_database_is_asked_where_there_is_no_local_one(tmp_path: Path) -> None:
    found = asked(Database({"requests": advisory("GHSA-1", "requests")}), tmp_path)
    assert isinstance(found, Known)
    assert [(each.id, each.severity, each.fixed) for each in found.value.found] == [("GHSA-1", "HIGH", "2.32.0")]
    assert found.value.packages == 2
    assert found.evidence[0].what.startswith("POST https://api.osv.dev")


def test_an_advisory_without_details_is_still_reported(tmp_path: Path) -> None:
    class Mute(Database):
        async def get(self, url: str, **_: Any) -> Answer:
            return Answer(0, {}, b"", 0.1, "timed out")

    found = asked(Mute({"requests": advisory("GHSA-1", "requests")}), tmp_path)
    assert isinstance(found, Known)
    assert [(each.id, each.severity) for each in found.value.found] == [("GHSA-1", "")]


@pytest.mark.parametrize(
    "database",
    [Database({}, 0), Database({}, 503), Database({}, 200, b"<html>"), Database({}, 200, b'{"results": []}')],
)
def test_a_database_that_does_not_answer_is_unknown_with_what_to_do(database: Database, tmp_path: Path) -> None:
    found = asked(database, tmp_path)
    assert isinstance(found, Unknown)
    assert "osv.dev" in found.reason
    assert "--osv-db" in found.remedy
    assert "--allow-unknown dependency-vulnerable" in found.remedy


SEMVER = {
    "ranges": [
        {"type": "SEMVER", "events": [{"introduced": "1.2.0"}, {"fixed": "1.4.2"}, {"introduced": "2.0.0-rc.1"}]}
    ]
}
LAST = {"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"last_affected": "1.5"}]}]}


@pytest.mark.parametrize(
    ("ecosystem", "version", "entry", "hit", "fixed"),
    [
        ("npm", "1.1.9", SEMVER, False, "1.4.2"),
        ("npm", "1.2.0", SEMVER, True, "1.4.2"),
        ("npm", "1.4.2-beta.1", SEMVER, True, "1.4.2"),
        ("npm", "1.4.2", SEMVER, False, ""),
        ("npm", "2.0.0-beta.9", SEMVER, False, ""),
        ("npm", "2.0.0-rc.1", SEMVER, True, ""),
        ("npm", "10.0.0", SEMVER, True, ""),
        ("PyPI", "1.5", LAST, True, ""),
        ("PyPI", "1.5.post1", LAST, False, ""),
        ("PyPI", "no version", LAST, False, ""),
        ("PyPI", "no version", {"versions": ["no version"]}, True, ""),
        ("PyPI", "1.0", {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}, False, ""),
        ("PyPI", "1.0", {}, False, ""),
    ],
)
def test_a_version_is_affected_by_lists_and_ranges(
    ecosystem: str, version: str, entry: dict[str, Any], hit: bool, fixed: str
) -> None:
    assert _versions.affected(ecosystem, version, entry) == (hit, fixed)


_numbers = st.tuples(*[st.integers(0, 30)] * 3)


@given(_numbers, _numbers)
def test_semantic_versions_sort_by_number(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    first, second = (_versions.order("npm", ".".join(map(str, each))) for each in (one, other))
    assert first is not None
    assert second is not None
    assert (first < second) == (one < other)
