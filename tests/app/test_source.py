"""What is deployed is a commit: real repositories, their revisions, and clean exports of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from flawless.app.source import Checkout, export, read_checkout
from flawless.errors import CommandError, UsageError
from flawless.ports.shell import RealShell
from flawless.testing.from_files import write_files

SHELL = RealShell()
STACK = {"compose.yaml": "services: {}\n", "app/main.py": "print()\n", ".gitignore": "*.log\ndata/\n"}
AS = ("-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "commit.gpgsign=false")


def git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", *AS, *args], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def committed(root: Path, *, top: Path | None = None) -> str:
    """The stack's files in a commit; its revision."""
    write_files(root, STACK)
    git(top or root, "init", "-q")
    git(top or root, "add", ".")
    git(top or root, "commit", "-q", "-m", "one")
    return git(root, "rev-parse", "HEAD")


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "stack"
    folder.mkdir()
    return folder


async def test_a_clean_checkout_has_the_commit_as_revision(root: Path) -> None:
    revision = committed(root)
    checkout = await read_checkout(root, SHELL)
    assert checkout == Checkout(root, root, revision)
    assert checkout.clean


async def test_a_clean_export_is_the_commit_and_nothing_else(root: Path, tmp_path: Path) -> None:
    committed(root)
    write_files(root, {"debug.log": "x", "data/rows": "x", ".flawless/ledger.db": "x"})
    (root / ".git" / "info" / "exclude").write_text(".flawless\n")
    tree = await export(await read_checkout(root, SHELL), tmp_path / "tree", SHELL)
    assert tree == tmp_path / "tree"
    assert names(tree) == [".gitignore", "app/main.py", "compose.yaml"]
    assert [name for name in names(tmp_path) if name.endswith(".tar")] == []


async def test_an_export_replaces_what_an_interrupted_one_left(root: Path, tmp_path: Path) -> None:
    committed(root)
    write_files(tmp_path / "tree", {"left-over": "x"})
    assert "left-over" not in names(await export(await read_checkout(root, SHELL), tmp_path / "tree", SHELL))


async def test_an_export_keeps_what_may_be_executed(root: Path, tmp_path: Path) -> None:
    write_files(root, {"start.sh": "#!/bin/sh\n"})
    (root / "start.sh").chmod(0o755)
    committed(root)
    tree = await export(await read_checkout(root, SHELL), tmp_path / "tree", SHELL)
    assert (tree / "start.sh").stat().st_mode & 0o111
    assert not (tree / "compose.yaml").stat().st_mode & 0o111


@pytest.mark.parametrize(
    ("change", "dirty"),
    [
        ({"app/main.py": "changed"}, "app/main.py"),
        ({"new.txt": "new"}, "new.txt"),
    ],
    ids=["changed", "new"],
)
async def test_what_differs_from_the_commit_is_listed_and_named_in_the_revision(
    root: Path, change: dict[str, str], dirty: str
) -> None:
    revision = committed(root)
    write_files(root, change)
    checkout = await read_checkout(root, SHELL)
    assert checkout.dirty == (dirty,)
    assert not checkout.clean
    assert checkout.revision.startswith(f"{revision[:12]}-dirty-")


async def test_two_dirty_states_have_two_revisions(root: Path) -> None:
    committed(root)
    revisions = []
    for text in ("one", "two", "one"):
        write_files(root, {"app/main.py": text})
        revisions.append((await read_checkout(root, SHELL)).revision)
    assert (revisions[0], len(set(revisions))) == (revisions[2], 2)


async def test_a_deleted_file_makes_it_dirty(root: Path) -> None:
    committed(root)
    (root / "app" / "main.py").unlink()
    assert (await read_checkout(root, SHELL)).dirty == ("app/main.py",)


async def test_a_dirty_export_is_what_stands_there(root: Path, tmp_path: Path) -> None:
    committed(root)
    write_files(root, {"app/main.py": "changed", "new.txt": "new", ".flawless/ledger.db": "x"})
    tree = await export(await read_checkout(root, SHELL), tmp_path / "tree", SHELL)
    assert (tree / "app/main.py").read_text() == "changed"
    assert names(tree) == [".gitignore", "app/main.py", "compose.yaml", "new.txt"]


async def test_our_own_folder_never_counts_as_a_change(root: Path) -> None:
    revision = committed(root)
    write_files(root, {".flawless/ledger.db": "x"})
    assert (await read_checkout(root, SHELL)).revision == revision


async def test_a_stack_in_a_subfolder_is_exported_alone_and_minds_its_own_changes_only(tmp_path: Path) -> None:
    root = tmp_path / "repository" / "deploy" / "stack"
    write_files(tmp_path / "repository", {"README": "x"})
    revision = committed(root, top=tmp_path / "repository")
    write_files(tmp_path / "repository", {"README": "changed", "elsewhere": "new"})
    checkout = await read_checkout(root, SHELL)
    assert (checkout.revision, checkout.top, checkout.dirty) == (revision, tmp_path / "repository", ())
    assert names(await export(checkout, tmp_path / "tree", SHELL)) == [".gitignore", "app/main.py", "compose.yaml"]


async def test_without_a_repository_the_content_is_the_revision(root: Path, tmp_path: Path) -> None:
    write_files(root, STACK)
    checkout = await read_checkout(root, SHELL)
    assert checkout.top is None
    assert not checkout.clean
    assert checkout.dirty == ()
    assert checkout.revision.startswith("content-")
    assert names(await export(checkout, tmp_path / "tree", SHELL)) == [".gitignore", "app/main.py", "compose.yaml"]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({".flawless/ledger.db": "x"}, True),
        ({"app/main.py": "changed"}, False),
        ({"app/new.py": ""}, False),
    ],
    ids=["nothing", "our-own", "content", "name"],
)
async def test_the_content_s_digest_changes_with_the_content_only(
    root: Path, change: dict[str, str], same: bool
) -> None:
    write_files(root, STACK)
    before = (await read_checkout(root, SHELL)).revision
    write_files(root, change)
    assert ((await read_checkout(root, SHELL)).revision == before) is same


async def test_a_repository_without_a_commit_is_like_none(root: Path) -> None:
    write_files(root, STACK)
    git(root, "init", "-q")
    checkout = await read_checkout(root, SHELL)
    assert (checkout.top, checkout.revision.partition("-")[0]) == (None, "content")


async def test_a_repository_that_git_will_not_read_is_never_taken_for_none(root: Path) -> None:
    committed(root)
    (root / ".git" / "config").write_text("garbage [\n")
    with pytest.raises(UsageError, match="git cannot read this repository"):
        await read_checkout(root, SHELL)


async def test_a_file_that_cannot_be_read_is_one_sentence_with_its_path(root: Path) -> None:
    write_files(root, STACK)
    (root / "unreadable").symlink_to("/proc/self/mem")  # reading it fails, for root too
    with pytest.raises(UsageError, match="cannot read .*: Input/output error"):  # noqa: RUF043
        await read_checkout(root, SHELL)


async def test_a_commit_that_is_gone_is_a_sentence_of_git(root: Path, tmp_path: Path) -> None:
    committed(root)
    checkout = await read_checkout(root, SHELL)
    (root / ".git" / "HEAD").write_text("ref: refs/heads/gone\n")
    with pytest.raises(CommandError, match="git archive failed"):
        await export(checkout, tmp_path / "tree", SHELL)


async def test_a_commit_in_a_folder_whose_name_is_not_utf8_is_exported(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"st\xe4ck")
    committed(root, top=tmp_path)
    tree = await export(await read_checkout(root, SHELL), tmp_path / "out", SHELL)
    assert names(tree) == sorted(STACK)
