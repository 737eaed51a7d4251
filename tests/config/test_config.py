"""Reading flawless.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.config import ledger_path, load, load_for, seconds
from flawless.errors import UsageError
from flawless.model.settings import Settings
from flawless.ports.files import RealFiles

IDS = ("runs-as-root", "port-published")
WAIVER = '[[waivers]]\ncheck = "runs-as-root"\nreason = "soon gone"\nowner = "ops"\n'


def refused(text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        load(text, "flawless.toml", IDS)
    return caught.value


def test_an_empty_file_is_all_defaults() -> None:
    assert load("") == Settings()


def test_every_kind_of_value_is_read() -> None:
    settings = load(
        "[soak]\nrestarts = '5m'\nlogs = 90\ninterval = '500ms'\n"
        "[deploy]\nhealth_timeout = '1m30s'\nkeep_releases = 3\n"
        '[roles]\nweb = "proxy"\n[checks.runs-as-root]\nenabled = false\n[edge]\nurl = "https://x"\npaths = ["/a"]\n'
        + WAIVER
        + "until = 2030-01-31\n",
        known=IDS,
    )
    assert (settings.soak.restarts, settings.soak.logs, settings.soak.interval) == (300.0, 90.0, 0.5)
    assert (settings.deploy.health_timeout, settings.deploy.keep_releases) == (90.0, 3)
    assert settings.roles == {"web": "proxy"}
    assert settings.checks["runs-as-root"].enabled is False
    assert settings.edge.paths == ("/a",)
    assert settings.waivers[0].until == "2030-01-31"


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        ("[soak]\n\nrestart = 5", 3, "unknown key soak.restart", "did you mean restarts?"),
        ("[saok]\n", 1, "unknown key saok", "did you mean soak?"),
        ("deploy.keep_release = 5", 1, "unknown key deploy.keep_release", "did you mean keep_releases?"),
        ("zzz = 1", 1, "unknown key zzz", "known are: stack, roles"),
        (WAIVER + "\n" + WAIVER + "til = 1", 10, "unknown key waivers 2.til", "did you mean until?"),
        ("[checks.runs-as-root]\nwhen_unkown = 'warn'", 2, "unknown key checks.runs-as-root.when", "when_unknown?"),
    ],
)
def test_an_unknown_key_names_its_line_and_the_nearest_known(text: str, line: int, what: str, remedy: str) -> None:
    error = refused(text)
    assert error.where == f"flawless.toml:{line}"
    assert what in error.what
    assert remedy in error.remedy


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("[soak]\nrestarts = 'soon'", "flawless.toml:2", "soak.restarts is no duration: 'soon'"),
        ("[soak]\nrestarts = -1", "flawless.toml:2", "soak.restarts is no duration: -1"),
        ("[soak]\nrestarts = inf", "flawless.toml:2", "soak.restarts is no duration: inf"),
        ("[soak]\nrestarts = nan", "flawless.toml:2", "soak.restarts is no duration: nan"),
        ("[soak]\nrestarts = true", "flawless.toml:2", "soak.restarts is no duration: True"),
        ("[soak]\ninterval = 0", "flawless.toml:2", "soak.interval must be more than 0"),
        ("[deploy]\nkeep_releases = 0", "flawless.toml:2", "deploy.keep_releases must be 1 or more"),
        ("[deploy]\nkeep_releases = 'x'", "flawless.toml:2", "deploy.keep_releases: expected int, got str"),
        ("[deploy]\nprobe_rate = 1e9", "flawless.toml:2", "deploy.probe_rate must be from"),
        ("soak = 3", "flawless.toml:1", "soak: expected table, got int"),
        ("waivers = 3", "flawless.toml:1", "waivers: expected array, got int"),
        ("[edge]\nurl = 'www'", "flawless.toml:2", "edge.url must begin with"),
        ("[edge]\npaths = [1]", "flawless.toml:2", "edge.paths 1: expected str, got int"),
        ("[app]\npublic = ['GET orders']", "flawless.toml:2", "app.public must be written as"),
        ("[app]\nopenapi = 'http://x/'", "flawless.toml:2", "app.openapi must be a path"),
        ("[[app.accounts]]\nname = 'a'", "flawless.toml", "each need password_env or password_file"),
        ("[roles]\nweb = 'server'", "flawless.toml:2", "'server' is no role"),
        ("[checks.runs-as-root]\nwhen_unknown = 'pass'", "flawless.toml:2", "when_unknown is 'pass'"),
        ("[checks.runs-as-root]\nwhen_unknown = 'warn'", "flawless.toml:1", "needs a reason"),
        ("[checks.runs-as-root]\nwhen_unknown = 5", "flawless.toml:2", "expected str, got int"),
        ("[checks.runs-as-rot]\nenabled = false", "flawless.toml:1", "names no check: runs-as-rot"),
        (WAIVER.replace("root", "rot"), "flawless.toml:2", "waivers 1 names no check: runs-as-rot"),
        (WAIVER + "until = 'never'", "flawless.toml:5", "'never' is no date"),
        ('[[waivers]]\ncheck = "runs-as-root"', "flawless.toml:1", "missing required field"),
        (WAIVER.replace("soon gone", " "), "flawless.toml:1", "no reason or no owner"),
        ("a = \nb = 1", "flawless.toml:1", "not valid TOML"),
        ("[soak", "flawless.toml:1", "not valid TOML"),
        ("a = 'x", "flawless.toml:1", "not valid TOML"),
        ("a = [\n\n", "flawless.toml:2", "not valid TOML"),
        ("\x00", "flawless.toml:1", "not valid TOML"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_line(text: str, where: str, what: str) -> None:
    error = refused(text)
    assert what in error.what
    assert error.where.startswith(where)
    assert error.remedy


def test_a_mistyped_check_names_the_nearest() -> None:
    assert refused("[checks.port-publish]\nenabled = false").remedy == "did you mean port-published?"


def test_without_the_known_ids_checks_are_not_looked_at() -> None:
    assert load("[checks.whatever]\nenabled = false").checks["whatever"].enabled is False


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5.0),
        (0.5, 0.5),
        ("5m", 300.0),
        ("1h", 3600.0),
        ("250ms", 0.25),
        ("1m30s", 90.0),
        ("1.5s", 1.5),
        (" 2s ", 2.0),
    ],
)
def test_durations_are_numbers_or_text(value: object, expected: float) -> None:
    assert seconds(value) == expected


@pytest.mark.parametrize("value", ["", "5", "5 m", "m", "5d", "-5s", "5mm", None, True, [5]])
def test_anything_else_is_no_duration(value: object) -> None:
    assert seconds(value) is None


def test_a_stack_without_the_file_has_the_defaults(tmp_path: Path) -> None:
    assert load_for(tmp_path, RealFiles(), environ={}) == Settings()


def test_the_file_of_the_stack_is_read_and_named_in_errors(tmp_path: Path) -> None:
    (tmp_path / "flawless.toml").write_text("osv_dv = ''\n")
    with pytest.raises(UsageError) as caught:
        load_for(tmp_path, RealFiles(), environ={})
    assert caught.value.where == f"{tmp_path}/flawless.toml:1"


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 100])
def test_a_file_of_garbage_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "flawless.toml").write_bytes(content)
    with pytest.raises(UsageError):
        load_for(tmp_path, RealFiles(), environ={})


def test_a_folder_in_its_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "flawless.toml").mkdir()
    with pytest.raises(UsageError, match="cannot read"):
        load_for(tmp_path, RealFiles(), environ={})


def test_the_environment_goes_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "flawless.toml").write_text("osv_db = 'here'\n")
    assert load_for(tmp_path, RealFiles(), environ={}).osv_db == "here"
    assert load_for(tmp_path, RealFiles(), environ={"FLAWLESS_OSV_DB": "/there"}).osv_db == "/there"


def test_the_ledger_is_the_option_then_the_environment_then_the_stack_s_own() -> None:
    root = Path("/stack")
    environ = {"FLAWLESS_LEDGER": "/env.db"}
    assert ledger_path(root, Path("/option.db"), environ) == Path("/option.db")
    assert ledger_path(root, None, environ) == Path("/env.db")
    assert ledger_path(root, None, {}) == Path("/stack/.flawless/ledger.db")


def test_hooks_are_argument_lists_with_a_timeout() -> None:
    settings = load('[hooks.pre_switch]\nrun = ["bin/tell", "a b"]\ntimeout = "2m"\n[hooks.post_switch]\nrun = ["x"]\n')
    assert (settings.hooks.pre_switch.run, settings.hooks.pre_switch.timeout) == (("bin/tell", "a b"), 120.0)
    assert (settings.hooks.post_switch.timeout, settings.hooks.pre_build.run) == (300.0, ())


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("[hooks.pre_swich]\nrun = []", 1, "unknown key hooks.pre_swich"),
        ("[hooks.pre_switch]\ntimeout = 5", 1, "hooks.pre_switch: object missing required field run"),
        ("[hooks.pre_switch]\nrun = 'bin/tell'", 2, "hooks.pre_switch.run: expected array, got str"),
        ("[hooks.pre_switch]\nrun = ['x']\ntimeout = 0", 3, "hooks.pre_switch.timeout must be more than 0"),
        ("[hooks.pre_switch]\nrun = ['x']\ntimeout = 'long'", 3, "hooks.pre_switch.timeout is no duration"),
    ],
)
def test_a_hook_that_would_be_ignored_is_refused(text: str, where: int, what: str) -> None:
    error = refused(text)
    assert (error.where, what in error.what) == (f"flawless.toml:{where}", True), error.what
