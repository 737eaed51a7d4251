"""Faults of the way back, of schema and environment, of resources and traffic (24 to 39 of the catalogue)."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest

from tests.faults.ground import KILLED, Ground, came_back, ends_well
from tests.faults.kinds import Kind
from tests.faults.prober import Outside
from tests.scenarios.harness import ALLOWED, docker

pytestmark = pytest.mark.engine

OTHER = "debian:bookworm-slim"


@pytest.mark.fault(24)
def test_a_new_release_that_is_killed_for_its_memory(ground: Ground) -> None:
    ground.site.change("compose.yaml", "mem_limit: 256m", "mem_limit: 24m")
    ground.site.commit("too little memory")
    result = ground.deploy()
    came_back(ground, result)
    assert "memory" in json.dumps(result.report["cause"])
    assert not ground.outside.failures


@pytest.mark.fault(25)
def test_a_proxy_that_looks_its_backend_up_once_is_refused(ground: Ground) -> None:
    before = ground.ids()
    conf = ground.site.stack / "nginx" / "conf" / "conf.d" / "https.conf"
    conf.write_text(conf.read_text().replace("http://$backend:", "http://backend:"))
    ground.site.commit("an address for ever")
    result = ground.deploy()
    assert result.code == 1, result.err + result.out
    assert "upstream-resolved-once" in json.dumps(result.report["decision"])
    assert ground.ids() == before
    ground.holds(ground.good)
    assert not ground.outside.failures


@pytest.mark.fault(26)
def test_no_request_is_lost_while_many_ask(ground: Ground) -> None:
    new = ground.commit(Kind.HEALTHY)
    with ExitStack() as asking:
        crowd = [asking.enter_context(Outside(ground.site)) for _ in range(5)]
        ends_well(ground, new)
    assert [shot for each in crowd for shot in each.failures] == []
    assert not ground.outside.failures


@pytest.mark.fault(28)
def test_a_proxy_that_is_restarted_finds_its_way_again(ground: Ground) -> None:
    docker("restart", *ground.ids("nginx")["nginx"])
    ground.outside.seen()
    ends_well(ground, ground.good)


def second_good(ground: Ground) -> tuple[str, str]:
    """One more good release: its revision, and that of the one before it."""
    before = ground.good
    ends_well(ground, ground.commit(Kind.HEALTHY))
    return ground.good, before


def images(ground: Ground, *services: str) -> list[str]:
    found = [each for ids in ground.ids(*services).values() for each in ids]
    return docker("inspect", "--format", "{{.Image}}", *found).splitlines()


def returned(ground: Ground, revision: str) -> None:
    """A release was rolled back to; from now on it is the good one."""
    ground.good = revision
    ground.back_to_good()
    ground.holds(revision)


@pytest.mark.fault(29)
def test_a_shell_that_says_otherwise_does_not_reach_a_rollback(ground: Ground) -> None:
    before = images(ground)
    _, first = second_good(ground)
    result = ground.flawless("rollback", *ALLOWED, LOG_LEVEL="debug", BACKEND_IMAGE=OTHER, FLAWLESS_REVISION="other")
    assert result.code == 0, result.err + result.out
    returned(ground, first)
    assert images(ground) == before
    (backend,) = ground.ids("backend")["backend"]
    assert "LOG_LEVEL=info" in docker("inspect", "--format", "{{.Config.Env}}", backend)
    assert not ground.outside.failures


@pytest.mark.fault(30, 34)
def test_a_rollback_to_what_cannot_start_any_more_is_exit_5_and_what_is_printed_works(ground: Ground) -> None:
    migration = ground.site.stack / "backend" / "migrations" / "versions" / "0099_one_more.py"
    migration.write_text(_ONE_MORE)  # so that the older release's own migration no longer knows the schema
    new, first = second_good(ground)
    secret = ground.site.stack / "secrets" / "database_app_password"
    password = secret.read_text()
    secret.write_text("f" * len(password))
    try:
        result = ground.flawless("rollback", *ALLOWED)
        assert result.code == 5, result.err + result.out
        assert ground.outside.seen()["backend"] == {new}
    finally:
        secret.write_text(password)
    ground.run_printed(result)
    assert ground.outside.seen() == {"backend": {first}, "frontend": {first}}
    ground.site.git("reset", "--hard", "--quiet", first)
    ground.psql("drop table one_more; update alembic_version set version_num = '0003'")
    ends_well(ground, first)


_ONE_MORE = '''"""One table more."""

from alembic import op

revision = "0099"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("create table one_more (id bigint primary key)")


def downgrade() -> None:
    op.execute("drop table one_more")
'''


@pytest.mark.fault(31, 32)
def test_only_a_good_release_is_returned_to_and_the_exit_code_says_how_it_went(ground: Ground) -> None:
    ground.commit(Kind.HEALTHY)
    assert ground.deploy(faults=[{"at": "soak started", "do": ["kill"]}]).code == KILLED
    cancelled = release_of(ground)
    ground.back_to_good()
    ends_well(ground, ground.good)
    ground.commit(Kind.CRASHING)
    bad = ground.deploy()
    came_back(ground, bad)
    for release in (cancelled, bad.report["release"]["id"], "no-such-release"):
        refused = ground.flawless("rollback", release, *ALLOWED)
        assert refused.code == 2, refused.err
    ground.holds(ground.good)
    assert not ground.outside.failures


def release_of(ground: Ground) -> str:
    """The release that the site's newest folder belongs to."""
    return max(path.name for path in (ground.site.stack / ".flawless" / "releases").iterdir())


@pytest.mark.fault(33)
def test_image_and_environment_come_back_together(ground: Ground) -> None:
    ground.site.change("compose.yaml", "LOG_LEVEL: ${LOG_LEVEL:-info}\n    networks: [app, data]", _DEBUG)
    ground.commit(Kind.NOT_READY)
    came_back(ground, ground.deploy())
    (backend,) = ground.ids("backend")["backend"]
    assert "LOG_LEVEL=info" in docker("inspect", "--format", "{{.Config.Env}}", backend)
    assert not ground.outside.failures


_DEBUG = "LOG_LEVEL: ${LOG_LEVEL:-warning}\n    networks: [app, data]"
_HALF = '''"""Fails half-way, outside of a transaction."""

from alembic import op

revision = "0099"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute("create table half (id bigint primary key)")
        op.execute("select 1 / 0")


def downgrade() -> None:
    op.execute("drop table half")
'''


@pytest.mark.always
@pytest.mark.fault(34)
def test_a_migration_that_fails_half_way_leaves_the_old_site_serving(ground: Ground) -> None:
    (ground.site.stack / "backend" / "migrations" / "versions" / "0099_half.py").write_text(_HALF)
    ground.site.commit("half a migration")
    before = ground.ids()
    try:
        result = ground.deploy()
        came_back(ground, result)
        assert "migrate" in json.dumps(result.report["cause"])
        assert ground.ids() == before, "nothing was switched"
    finally:
        ground.psql("drop table if exists half")
    ground.back_to_good()
    ends_well(ground, ground.good)
    assert not ground.outside.failures


@pytest.mark.fault(35)
def test_what_was_switched_before_the_failure_goes_back_with_it(ground: Ground) -> None:
    before = images(ground, "frontend", "backend")
    ground.commit(Kind.NEVER_HEALTHY)
    result = ground.deploy()
    came_back(ground, result)
    assert result.steps()["switch-frontend"] == "proved"
    assert images(ground, "frontend", "backend") == before
    assert not ground.outside.failures


@pytest.mark.fault(36)
def test_a_release_whose_image_is_gone_is_refused_and_pruning_never_takes_the_last_good_one(ground: Ground) -> None:
    _, first = second_good(ground)
    image = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", _pinned(ground, first)).split()[0]
    docker("rmi", "--force", image)
    refused = ground.flawless("rollback", *ALLOWED)
    assert refused.code == 2, refused.err + refused.out
    assert image in refused.err
    ground.holds(ground.good)
    ground.commit(Kind.CRASHING)
    came_back(ground, ground.deploy())
    assert not ground.outside.failures


def _pinned(ground: Ground, revision: str) -> str:
    """The filter for the backend's image of a revision."""
    names = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", _backends(ground)).split()
    label = '{{index .Config.Labels "org.opencontainers.image.revision"}}'
    return next(f"reference={name}" for name in names if docker("inspect", "--format", label, name) == revision)


def _backends(ground: Ground) -> str:
    return f"reference=flawless/{ground.site.project}-backend"


@pytest.mark.fault(38)
def test_the_public_way_in_is_asked_too(ground: Ground) -> None:
    ground.site.change("flawless.toml", "[edge]", '[edge]\nurl = "https://127.0.0.1:1"')
    ground.site.commit("nobody reaches it from outside")
    result = ground.deploy()
    came_back(ground, result)
    assert not ground.outside.failures


@pytest.mark.fault(39)
def test_a_program_that_prints_its_secrets_puts_none_into_the_evidence(ground: Ground) -> None:
    shout = 'raise SystemExit("password " + open("/run/secrets/database_app_password").read())\n"""Starts the server'
    ground.site.change("backend/src/viworks/__main__.py", '"""Starts the server', shout)
    ground.site.commit("a loud one")
    result = ground.deploy()
    came_back(ground, result)
    secret = (ground.site.stack / "secrets" / "database_app_password").read_text()
    assert "password" in json.dumps(result.report["cause"]), "the line itself is shown"
    assert secret not in result.out + result.err
    kept = [path for path in (ground.site.stack / ".flawless").rglob("*") if path.is_file()]
    assert kept
    assert [path for path in kept if secret.encode() in path.read_bytes()] == []
    assert not ground.outside.failures
