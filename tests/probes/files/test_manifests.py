"""Manifests, locks, and whether builds keep to them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.model.keys import MANIFESTS
from flawless.model.observed_files import Manifest
from flawless.probes.files import _locks
from tests.probes.files._world import APP, reason, repository, value

HASHED = (
    "requests==2.32.0 \\\n    --hash=sha256:aa\nurllib3[socks]==2.2.1 ; python_version > '3' \\\n    --hash=sha256:bb\n"
)
UV = """\
version = 1
[[package]]
name = "shop"
version = "1.0.0"
source = { editable = "." }

[[package]]
name = "requests"
version = "2.32.0"
source = { registry = "x" }
"""
CARGO = """\
version = 3
[[package]]
name = "shop"
version = "0.1.0"

[[package]]
name = "serde_json"
version = "1.0.100"
source = "registry+x"
"""
NPM = json.dumps(
    {
        "lockfileVersion": 3,
        "packages": {
            "": {"dependencies": {"express": "^4"}},
            "node_modules/express": {"version": "4.19.2"},
            "node_modules/a/node_modules/@s/b": {"version": "1.0.0"},
            "packages/own": {"version": "1.0.0"},
            "node_modules/own": {"link": True, "resolved": "packages/own"},
        },
    },
    indent=1,
)
YARN = '# x\n\n"@s/a@^1", "@s/a@~1":\n  version "1.2.3"\nb@2:\n  version: 2.0.0\n'
PNPM = "packages:\n  /a@1.0.0:\n    x: y\n  '@s/b@2.0.0(c@1)':\nsnapshots:\n  z@1.0.0:\n"
PACKAGE = json.dumps({"dependencies": {"express": "^4"}})
PYPROJECT = '[project]\nname = "shop"\ndependencies = ["Requests>=2", "urllib3[socks]; python_version > \'3\'"]\n'


def manifests(tmp_path: Path, dockerfile: str, **files: str) -> tuple[Manifest, ...]:
    named = {name.replace("__", "/"): text for name, text in files.items()}
    return value(MANIFESTS, {"compose.yaml": APP, "Dockerfile": f"FROM x\n{dockerfile}\n", **named}, tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "packages"),
    [
        ("requirements.lock", HASHED, [("requests", "2.32.0", 1), ("urllib3", "2.2.1", 3)]),
        ("uv.lock", UV, [("requests", "2.32.0", 8)]),
        ("poetry.lock", UV.replace('source = { registry = "x" }', ""), [("requests", "2.32.0", 8)]),
        ("Cargo.lock", CARGO, [("serde_json", "1.0.100", 7)]),
        ("package-lock.json", NPM, [("express", "4.19.2", 9), ("@s/b", "1.0.0", 12)]),
        (
            "package-lock.json",
            '{"dependencies": {\n"a": {"version": "1.0.0", "dependencies": {\n"b": {"version": "2.0.0"}}}}}',
            [("a", "1.0.0", 0), ("b", "2.0.0", 0)],
        ),
        ("yarn.lock", YARN, [("@s/a", "1.2.3", 3), ("b", "2.0.0", 5)]),
        ("pnpm-lock.yaml", PNPM, [("a", "1.0.0", 2), ("@s/b", "2.0.0", 4)]),
    ],
)
def test_a_lock_gives_its_packages_with_their_lines(file: str, text: str, packages: list[tuple[str, str, int]]) -> None:
    found = [(each.name, each.version, each.origin.line) for each in _locks.packages(text, file)]
    assert [each[:2] for each in found] == [each[:2] for each in packages]
    assert all(line in {0, wanted} for (_, _, line), (_, _, wanted) in zip(packages, found, strict=True))


@pytest.mark.parametrize("file", ["uv.lock", "Cargo.lock", "package-lock.json"])
@pytest.mark.parametrize("text", ["{", "[", "[[package", "\0", "[]", "null", "1", 'package = "x"', '{"packages": [1]}'])
def test_garbage_is_a_value_error_or_no_package(file: str, text: str) -> None:
    try:
        assert _locks.packages(text, file) == ()
    except ValueError as error:
        assert str(error)


@given(st.sampled_from(["yarn.lock", "pnpm-lock.yaml", "requirements.txt", "uv.lock", "package-lock.json"]), st.text())
def test_no_text_breaks_the_reading_of_locks(file: str, text: str) -> None:
    with suppress(ValueError):
        _locks.packages(text, file)


@pytest.mark.parametrize(
    ("files", "lock"),
    [
        ({"requirements.txt": HASHED}, "requirements.txt"),
        ({"requirements.lock": HASHED}, "requirements.lock"),
        ({"requirements.txt": "requests==2.32.0\n"}, ""),
        ({"requirements.in": "requests\n", "requirements.txt": "requests==2.32.0\n"}, "requirements.txt"),
        ({"requirements.in": "requests\n"}, ""),
        ({"pyproject.toml": PYPROJECT, "requirements.lock": HASHED}, "requirements.lock"),
        ({"pyproject.toml": PYPROJECT}, ""),
        ({"package.json": PACKAGE, "package-lock.json": NPM}, "package-lock.json"),
        ({"package.json": PACKAGE}, ""),
        ({"Cargo.toml": '[dependencies]\nserde_json = "1"\n', "Cargo.lock": CARGO}, "Cargo.lock"),
        ({"web/app/package.json": PACKAGE, "web/package-lock.json": NPM}, "web/package-lock.json"),
    ],
)
def test_a_manifest_has_its_lock_or_none(files: dict[str, str], lock: str, tmp_path: Path) -> None:
    (found,) = value(MANIFESTS, {"compose.yaml": APP, "Dockerfile": "FROM x", **files}, tmp_path)
    assert found.lock == lock
    assert found.stale == ""
    assert bool(found.packages) is bool(lock)


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": "[tool.ruff]\nline-length = 1\n"},
        {"package.json": '{"name": "x", "scripts": {}}'},
        {"requirements-dev.txt": "pytest\n"},
        {"node_modules/x/package.json": PACKAGE},
        {"requirements.txt": "# nothing\n"},
    ],
)
def test_what_asks_for_nothing_that_is_shipped_is_no_manifest(files: dict[str, str], tmp_path: Path) -> None:
    assert value(MANIFESTS, {"compose.yaml": APP, "Dockerfile": "FROM x", **files}, tmp_path) == ()


@pytest.mark.parametrize(
    ("line", "pinned"),
    [
        ("RUN pip install --require-hashes -r requirements.lock", True),
        ("RUN python -m pip install -r requirements.lock", True),
        ("RUN pip install -U pip && \\\n  pip install \\\n  --require-hashes --requirement requirements.lock", True),
        ("RUN pip install requests", None),
        ("RUN pip install .", False),
        ("RUN pip install -r other.txt", False),
        ("RUN <<EOF\npip install -r requirements.lock\nEOF", True),
        ("RUN apt-get install -y x", None),
    ],
)
def test_a_python_install_keeps_to_the_lock_or_not(line: str, pinned: bool | None, tmp_path: Path) -> None:
    (found,) = manifests(
        tmp_path, line, **{"pyproject.toml": '[project]\ndependencies = ["requests"]', "requirements.lock": HASHED}
    )
    assert found.pinned is pinned
    assert (found.install_origin is None) is (pinned is None)


@pytest.mark.parametrize(
    ("line", "pinned"),
    [
        ("RUN npm ci --omit=dev", True),
        ("RUN npm install", False),
        ("RUN npm i && npm ci", False),
        ("RUN npm install -g pnpm", None),
        ("RUN pnpm install --frozen-lockfile", True),
        ("RUN yarn install", False),
        ("RUN yarn --immutable", True),
        ("RUN npm run build", None),
    ],
)
def test_a_node_install_keeps_to_the_lock_or_not(line: str, pinned: bool | None, tmp_path: Path) -> None:
    (found,) = manifests(tmp_path, line, **{"package.json": PACKAGE, "package-lock.json": NPM})
    assert found.pinned is pinned


@pytest.mark.parametrize(
    ("line", "pinned"),
    [("RUN cargo build --release --locked", True), ("RUN cargo build --release", False), ("RUN cargo fmt", None)],
)
def test_a_rust_build_keeps_to_the_lock_or_not(line: str, pinned: bool | None, tmp_path: Path) -> None:
    (found,) = manifests(tmp_path, line, **{"Cargo.toml": '[dependencies]\nserde_json = "1"\n', "Cargo.lock": CARGO})
    assert found.pinned is pinned


def test_the_line_that_breaks_the_lock_is_named(tmp_path: Path) -> None:
    (found,) = manifests(tmp_path, "RUN npm ci\nRUN npm install", **{"package.json": PACKAGE, "package-lock.json": NPM})
    assert str(found.install_origin) == "Dockerfile:3"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"package.json": '{"dependencies": {"express": "1", "new-one": "1"}}', "package-lock.json": NPM},
            "new-one of",
        ),
        ({"package.json": PACKAGE, "package-lock.json": "{"}, "cannot be read"),
        ({"requirements.in": "requests\nflask\n", "requirements.lock": HASHED}, "flask of requirements.in"),
    ],
)
def test_a_lock_that_does_not_fit_is_stale_with_the_reason(files: dict[str, str], words: str, tmp_path: Path) -> None:
    (found,) = value(MANIFESTS, {"compose.yaml": APP, "Dockerfile": "FROM x", **files}, tmp_path)
    assert words in found.stale


def test_git_is_asked_about_the_lock(tmp_path: Path) -> None:
    files = {"compose.yaml": APP, "Dockerfile": "FROM x", "a/requirements.txt": HASHED, "b/requirements.txt": HASHED}
    value(MANIFESTS, files, tmp_path)
    repository(tmp_path, "a/requirements.txt")
    assert [each.lock_tracked for each in value(MANIFESTS, files, tmp_path)] == [True, False]


@pytest.mark.parametrize(("name", "text"), [("package.json", "{"), ("Cargo.toml", "["), ("pyproject.toml", "[project")])
def test_a_manifest_that_cannot_be_read_is_unknown(name: str, text: str, tmp_path: Path) -> None:
    files = {"compose.yaml": APP, "Dockerfile": "FROM x", name: text}
    assert f"{name} cannot be read" in reason(MANIFESTS, files, tmp_path)
