"""The release's files where containers mount them: the same inode, nothing left over, readable for others."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from flawless.deploy.files import place, put_back
from flawless.deploy.site import Site, files_digest, files_for
from flawless.errors import UsageError
from flawless.model.release import ConfigFile, Release
from flawless.model.settings import Settings
from flawless.model.stack import Mount, Service
from flawless.testing import samples
from flawless.testing.fakes import fake_ports
from flawless.testing.samples import HERE


def site_of(tmp_path: Path, files: dict[str, str]) -> Site:
    """A site whose release holds these files."""
    kept = tuple(ConfigFile(path, base64.b64encode(text.encode()).decode()) for path, text in files.items())
    release = Release(
        id="r", stack="s", revision="", created=0.0, stack_digest="", env_digest="", services=(), config="", files=kept
    )
    return Site(
        ports=fake_ports(),
        stack=samples.stack(),
        settings=Settings(),
        release=release,
        wanted={},
        model=tmp_path,
        folder=tmp_path / ".flawless",
        compose=(),
        progress=lambda text: None,
    )


def web(site: Site, *paths: str) -> Service:
    mounts = tuple(Mount("bind", str(site.live / path), f"/etc/{path}", True, HERE) for path in paths)
    return samples.service("web", mounts=(*mounts, Mount("bind", "/var/data", "/data", False, HERE)))


def live(site: Site) -> dict[str, str]:
    return {
        str(path.relative_to(site.live)): path.read_text() for path in sorted(site.live.rglob("*")) if path.is_file()
    }


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def strict_umask() -> Iterator[None]:
    """Files of ours are for us only unless we say otherwise."""
    before = os.umask(0o077)
    yield
    os.umask(before)


async def test_the_files_of_a_mount_become_those_of_the_release(tmp_path: Path) -> None:
    site = site_of(tmp_path, {"nginx/nginx.conf": "new", "nginx/conf.d/a.conf": "a", "other/x": "not mounted"})
    service = web(site, "nginx")
    assert await place(site, service) == {}
    assert live(site) == {"nginx/nginx.conf": "new", "nginx/conf.d/a.conf": "a"}


async def test_files_that_left_the_release_are_removed_and_other_mounts_are_not(tmp_path: Path) -> None:
    site = site_of(tmp_path, {"nginx/nginx.conf": "new"})
    for path in ("nginx/conf.d/old.conf", "nginx/nginx.conf", "frontend/kept"):
        site.ports.files.write(site.live / path, b"old")
    saved = await place(site, web(site, "nginx"))
    assert live(site) == {"nginx/nginx.conf": "new", "frontend/kept": "old"}
    assert sorted(path.name for path in saved) == ["nginx.conf", "old.conf"]


async def test_putting_back_brings_what_was_there_and_takes_what_was_not(tmp_path: Path) -> None:
    site = site_of(tmp_path, {"nginx/nginx.conf": "new", "nginx/added.conf": "added", "one.conf": "new"})
    service = web(site, "nginx", "one.conf")
    for path in ("nginx/nginx.conf", "nginx/gone.conf", "one.conf"):
        site.ports.files.write(site.live / path, b"old")
    saved = await place(site, service)
    await put_back(site, service, saved)
    assert live(site) == {"nginx/nginx.conf": "old", "nginx/gone.conf": "old", "one.conf": "old"}


@pytest.mark.parametrize("text", ["longer than the old text was", "new", ""])
async def test_a_file_mounted_by_itself_keeps_its_inode(tmp_path: Path, text: str) -> None:
    site = site_of(tmp_path, {"nginx.conf": text})
    path = site.live / "nginx.conf"
    site.ports.files.write(path, b"the old text")
    before = path.stat().st_ino
    await place(site, web(site, "nginx.conf"))
    assert (path.stat().st_ino, path.read_text()) == (before, text)


async def test_in_a_mounted_folder_a_file_is_replaced_at_once_and_an_equal_one_left_alone(tmp_path: Path) -> None:
    site = site_of(tmp_path, {"conf/a": "new", "conf/same": "same"})
    for name, content in {"a": b"old", "same": b"same"}.items():
        site.ports.files.write(site.live / "conf" / name, content)
    before = {name: (site.live / "conf" / name).stat().st_ino for name in ("a", "same")}
    await place(site, web(site, "conf"))
    assert (site.live / "conf/a").stat().st_ino != before["a"]
    assert (site.live / "conf/same").stat().st_ino == before["same"]


async def test_other_users_may_read_what_is_placed_whatever_our_umask_is(tmp_path: Path, strict_umask: None) -> None:
    site = site_of(tmp_path, {"conf/deep/er/a": "x", "alone/b": "y"})
    site.folder.mkdir(mode=0o700)
    await place(site, web(site, "conf", "alone/b"))
    folders = {str(path.relative_to(site.live)): mode(path) for path in site.live.rglob("*") if path.is_dir()}
    assert folders == dict.fromkeys(["conf", "conf/deep", "conf/deep/er", "alone"], 0o755)
    assert {mode(site.live / "conf/deep/er/a"), mode(site.live / "alone/b")} == {0o644}
    assert (mode(site.live), mode(site.folder)) == (0o755, 0o700)


async def test_a_folder_where_the_mounted_file_should_be_is_a_sentence(tmp_path: Path) -> None:
    site = site_of(tmp_path, {"nginx.conf": "new"})
    (site.live / "nginx.conf").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"cannot write .*nginx\.conf: Is a directory"):
        await place(site, web(site, "nginx.conf"))


async def test_the_digest_of_what_is_live_changes_with_name_and_content_only(tmp_path: Path) -> None:
    site = site_of(tmp_path, {"conf/a": "one", "conf/b": "two"})
    service = web(site, "conf")
    assert files_digest(service, site.live) == ""
    await place(site, service)
    first = files_digest(service, site.live)
    os.utime(site.live / "conf/a", (1, 1))
    assert files_digest(service, site.live) == first
    (site.live / "conf/a").rename(site.live / "conf/c")
    renamed = files_digest(service, site.live)
    (site.live / "conf/c").write_text("three")
    assert len({first, renamed, files_digest(service, site.live)}) == 3


@pytest.mark.parametrize(
    ("mounted", "found"),
    [("conf", ["conf/a", "conf/d/b"]), ("conf/a", ["conf/a"]), ("con", []), ("conf/d", ["conf/d/b"])],
)
def test_a_service_gets_the_files_below_its_mounts_only(tmp_path: Path, mounted: str, found: list[str]) -> None:
    site = site_of(tmp_path, {"conf/a": "1", "conf/d/b": "2", "config/c": "3"})
    assert [file.path for file in files_for(web(site, mounted), site.live, site.release.files)] == found
