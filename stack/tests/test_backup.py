"""Backup and restore: the same data come back, damage is noticed, old backups go, and there is a way back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stack.tests.harness import Login, Site, docker, run, until

pytestmark = pytest.mark.engine

FOLDER = "/backups"


def backup(site: Site, *words: str, **environment: str) -> str:
    """What bin/backup prints."""
    return run((str(site.stack / "bin" / "backup"), *words), env={**site.environment, **environment})


def restore(site: Site, *words: str) -> str:
    """What bin/restore prints."""
    return run((str(site.stack / "bin" / "restore"), *words), env=site.environment)


def newest(site: Site, **environment: str) -> str:
    """The name of a backup that is taken now."""
    backup(site, **environment)
    return backup(site, "list").splitlines()[0]


def in_volume(site: Site, script: str) -> str:
    """What a shell prints that has the volume of backups."""
    volume = f"{site.project}_backups:{FOLDER}"
    shell = ("--network=none", "--workdir", FOLDER, "--entrypoint=bash", site.images["postgres"], "-c", script)
    return docker("run", "--rm", "--user=999", "--volume", volume, *shell)


def plain_dump(site: Site, database: str) -> str:
    """Schema and data of a database as text, without the key that newer versions of pg_dump choose at random."""
    command = ("pg_dump", "--username=postgres", "--restrict-key=same", database)
    return site.compose("exec", "-T", "postgres", *command)


@pytest.fixture
def tidy(site: Site) -> Iterator[Site]:
    """The site with some data; databases that a restore left are gone afterwards."""
    for number in range(5):
        site.new_deployment(service=f"service-{number}", notes="Grüße, 'quoted' \\ and \t tabbed \u2028")
    yield site
    restore(site, "--forget")


def test_what_is_restored_is_byte_for_byte_what_was_there(tidy: Site) -> None:
    name = newest(tidy)
    said = restore(tidy, "--rehearse", name)
    content = json.loads(backup(tidy, "content", name))
    assert content["rows"]["deployments"] >= 5
    assert content["audit_head"]["hash"] in said
    assert plain_dump(tidy, "viworks_restored") == plain_dump(tidy, "viworks")


@pytest.mark.parametrize("part", ["dump", "json", "sha256"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(tidy: Site, part: str) -> None:
    name = newest(tidy)
    # One byte in the middle is another one.
    flip = f"size=$(stat -c %s {name}.{part}) && printf '#' | dd of={name}.{part} bs=1 seek=$((size / 2)) conv=notrunc"
    in_volume(tidy, flip)
    with pytest.raises(RuntimeError, match="damaged"):
        backup(tidy, "check", name)
    with pytest.raises(RuntimeError, match="damaged"):
        restore(tidy, name)
    assert tidy.psql("select datname from pg_database where datname in ('viworks_restored', 'viworks_previous')") == ""


def test_content_that_is_not_what_was_backed_up_is_not_put_in_place(tidy: Site) -> None:
    name = newest(tidy)
    more = f"sed -i 's/\"accounts\": /&9/' {name}.json && sha256sum {name}.dump {name}.json >{name}.sha256"
    in_volume(tidy, more)
    with pytest.raises(RuntimeError, match="not what was backed up"):
        restore(tidy, name)
    assert tidy.psql("select count(*) from pg_database where datname = 'viworks_previous'") == "0"


def test_the_newest_are_kept_and_older_ones_go(site: Site) -> None:
    names = [newest(site) for _ in range(3)]
    said = backup(site, "take", BACKUP_KEEP="2")
    kept = backup(site, "list").splitlines()
    assert len(kept) == 2
    assert kept[1] == names[-1]
    assert f"deleted {names[0]}" in said
    files = in_volume(site, "ls").split()
    assert sorted(files) == sorted(f"{name}.{part}" for name in kept for part in ("dump", "json", "sha256"))


@pytest.mark.parametrize("broken", [("PGDATABASE", "no_such_database"), ("BACKUP_KEEP", "none")])
def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(site: Site, broken: tuple[str, str]) -> None:
    before = backup(site, "list")
    with pytest.raises(RuntimeError):
        site.compose("run", "--rm", "-T", "--no-deps", "--env", "=".join(broken), "backup", "take")
    assert backup(site, "list") == before
    assert in_volume(site, "ls --almost-all --ignore=.lock --ignore='viworks-*'") == ""


@contextmanager
def locked_table(site: Site) -> Iterator[None]:
    """A table that nobody reads, so that pg_dump waits."""
    lock = "begin; lock table idempotency_keys; select 'locked'; select pg_sleep(120);"
    command = ("docker", "compose", "exec", "-T", "postgres", "psql", "-qtAX", "-U", "postgres", "-d", "viworks", "-c")
    holder = subprocess.Popen((*command, lock), cwd=site.stack, env=site.environment, stdout=subprocess.DEVNULL)
    held = "select count(*) from pg_locks where relation = 'idempotency_keys'::regclass and granted"
    try:
        until(lambda: site.psql(f"{held} and mode = 'AccessExclusiveLock'") == "1", 20, "the table is locked")
        yield
    finally:
        site.psql("select pg_terminate_backend(pid) from pg_stat_activity where query like 'begin; lock table%'")
        holder.wait(timeout=20)


def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one_and_the_next_succeeds(site: Site) -> None:
    before = backup(site, "list")
    job = f"{site.project}-killed-backup"
    with locked_table(site):
        site.compose("run", "--detach", "--no-deps", "--name", job, "backup", "take")
        waiting = "select count(*) from pg_locks where relation = 'idempotency_keys'::regclass and not granted"
        until(lambda: site.psql(waiting) == "1", 20, "pg_dump waits for the table")
        docker("rm", "--force", job)
        assert backup(site, "list") == before
    assert newest(site) not in before


def test_two_backups_at_once_do_not_mix(site: Site) -> None:
    job = f"{site.project}-first-backup"
    try:
        with locked_table(site):
            site.compose("run", "--detach", "--no-deps", "--name", job, "backup", "take")
            until(lambda: in_volume(site, "ls --almost-all | grep -c partial || true") == "1", 20, "the first works")
            with pytest.raises(RuntimeError, match="another backup is being made"):
                backup(site)
    finally:
        docker("rm", "--force", job)


def test_a_restore_takes_the_place_of_the_database_ends_sessions_and_can_be_undone(tidy: Site) -> None:
    before, name = tidy.new_account("operator"), newest(tidy)
    later = tidy.new_deployment(notes="after the backup")
    path = f"/api/deployments/{later['id']}"
    try:
        restore(tidy, name)
        serving(tidy)
        assert refreshed(tidy, before) == 401
        admin = tidy.new_login("admin", tidy.secret("admin_password"))
        assert tidy.request("GET", path, login=admin).status_code == 404
        listed = tidy.request("GET", "/api/audit?action=database.restore", login=admin).json()["items"]
        assert [entry["subject"] for entry in listed] == [name]
        verify(tidy)
        with pytest.raises(RuntimeError, match="viworks_previous of an earlier restore is still there"):
            restore(tidy, name)
    finally:
        restore(tidy, "--undo")
        serving(tidy)
    assert tidy.request("GET", path, login=tidy.login("admin")).status_code == 200
    assert refreshed(tidy, before) == 200


def serving(site: Site) -> None:
    """Wait until the backend has found the database that there is now."""
    until(lambda: site.directly("GET", "/health/ready").status_code == 200, 20, "the backend is ready again")


def refreshed(site: Site, login: Login) -> int:
    """What a refresh token is worth."""
    cookies = "; ".join(f"{name}={value}" for name, value in login.cookies.items())
    headers = {"cookie": cookies, "origin": site.origin}
    return site.request("POST", "/api/auth/refresh", headers=headers).status_code


def verify(site: Site) -> str:
    """What the audit log's own check says; RuntimeError when the chain is broken."""
    return site.compose("run", "--rm", "-T", "--no-deps", "migrate", "python", "-m", "viworks.audit", "verify")


def test_a_name_that_is_none_is_refused(site: Site) -> None:
    for name in ("viworks-20200101T000000Z", "../../etc/passwd", ""):
        with pytest.raises(RuntimeError, match="there is no backup"):
            backup(site, "send", name)
