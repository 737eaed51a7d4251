"""What runs, by service; and Compose asked with one sentence when it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.deploy.failure import container_failure, folded
from flawless.deploy.site import Site, compose, observe, pending_reload, situation
from flawless.errors import CommandError
from flawless.model.release import Release
from flawless.model.settings import Settings
from flawless.model.stack import Mount
from flawless.ports.engine import LogLine
from flawless.ports.mask import Masker
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine, RecordedShell, fake_ports, inspected

RELEASE = Release(
    id="r", stack="sample", revision="", created=0.0, stack_digest="", env_digest="", services=(), config=""
)


def site_with(shell: RecordedShell) -> Site:
    return Site(
        ports=fake_ports(shell=shell, masker=Masker(["hunter22"])),
        stack=samples.stack(),
        settings=Settings(),
        release=RELEASE,
        wanted={},
        model=Path("/sample/compose.json"),
        folder=Path("/sample"),
        compose=("docker-compose",),
        progress=lambda text: None,
    )


async def test_containers_come_by_service_and_number_without_one_off_runs_and_strangers() -> None:
    one_off = inspected("backend", number=9)
    one_off["Config"]["Labels"]["com.docker.compose.oneoff"] = "True"
    ours = [inspected("backend", number=2), inspected("backend"), inspected("redis")]
    engine = MemoryEngine([*ours, one_off, inspected("backend", project="other")])
    found = await observe(samples.stack(), fake_ports(engine=engine))
    assert {name: [state.number for state in states] for name, states in found.items()} == {
        "backend": [1, 2],
        "redis": [1],
    }


async def test_compose_is_asked_about_the_release_s_own_file() -> None:
    shell = RecordedShell({"docker-compose": (0, "ok\n", "")})
    assert (await compose(site_with(shell), "up", "web")).stdout == "ok\n"
    assert shell.asked == [
        ("docker-compose", "--project-name", "sample", "--file", "/sample/compose.json", "up", "web")
    ]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ((1, "", "a\nno hunter22 here\n\n"), "compose up ended with 1: no ••• here"),
        ((1, "said on stdout\n", ""), "compose up ended with 1: said on stdout"),
        ((3, "", " \n"), "compose up ended with 3: no output"),
    ],
)
async def test_compose_that_fails_is_its_last_line_masked(answer: tuple[int, str, str], what: str) -> None:
    with pytest.raises(CommandError) as caught:
        await compose(site_with(RecordedShell({"docker-compose": answer})), "up", "web")
    assert (caught.value.what, caught.value.where) == (what, "up web")


async def test_a_failed_container_shows_the_end_of_its_log_masked() -> None:
    lines = [LogLine("stderr", float(at), f"line {word}") for at, word in enumerate(["a", "hunter22"])]
    ports = fake_ports(engine=MemoryEngine([], {"logs ref": lines}), masker=Masker(["hunter22"]))
    failure = await container_failure(ports, "web", "ref", "it ended")
    assert failure.cause.message == "it ended"
    assert failure.cause.evidence == ("web | line a", "web | line •••")


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [({"logs ref": []}, "web | it logged nothing"), ({}, "web | its log could not be read: nothing is recorded for")],
)
async def test_a_container_without_a_log_says_so(recorded: dict[str, list[LogLine]], shown: str) -> None:
    failure = await container_failure(fake_ports(engine=MemoryEngine([], recorded)), "web", "ref", "it ended")
    assert failure.cause.evidence[0].startswith(shown)


def test_lines_that_differ_in_numbers_only_are_shown_once() -> None:
    lines = ["try 1 failed", "try 2 failed", "pid 4f2a died", "try 3 failed", "over"]
    assert folded(lines) == ["try 1 failed", "pid 4f2a died", "try 3 failed", "over"]


async def test_files_of_a_reload_that_was_cut_off_are_not_taken_for_loaded(tmp_path: Path) -> None:
    live = tmp_path / "live"
    (live / "conf").mkdir(parents=True)
    (live / "conf" / "nginx.conf").write_text("events {}")
    mount = Mount("bind", str(live / "conf"), "/etc/nginx", True, samples.HERE)
    stack = samples.stack(samples.service("nginx", mounts=(mount,)))
    before = (await situation(stack, fake_ports(engine=MemoryEngine()), live)).files["nginx"]
    pending_reload(tmp_path, "nginx").write_text("")
    after = (await situation(stack, fake_ports(engine=MemoryEngine()), live)).files["nginx"]
    assert before != after
