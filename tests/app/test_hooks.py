"""Hooks: real programs with the facts in their environment; what they say is masked; a failure stops or is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from flawless.app.hooks import Hooks, facts_of, refuse_within_hook
from flawless.app.session import Asked, Session
from flawless.deploy.failure import StepFailedError
from flawless.errors import RefusedError, UsageError
from flawless.model.plan import StepKind, StepRecord, StepState
from flawless.model.release import Release
from flawless.model.settings import Hook, HookSettings, Settings
from flawless.ports.mask import Masker
from flawless.ports.shell import RealShell
from flawless.testing import samples
from flawless.testing.fakes import fake_ports

RELEASE = Release(
    id="r2", stack="shop", revision="abc", created=1.0, stack_digest="", env_digest="", services=(), config=""
)


class Run:
    """A run with one hook in Python, and what was recorded of it."""

    def __init__(self, root: Path, program: str, *, name: str = "pre_switch", timeout: float = 20.0) -> None:
        self.records: list[StepRecord] = []
        self.told: list[str] = []
        hook = Hook((sys.executable, "-c", program), timeout)
        settings = structs.replace(Settings(), hooks=structs.replace(HookSettings(), **{name: hook}))
        ports = fake_ports(shell=RealShell(), masker=Masker(["hunter22"]))
        nothing: Any = None
        session = Session(root, ports, settings, samples.stack(), nothing, Asked(), self.told.append)
        self.hooks = Hooks(session, self.records.append, facts_of(RELEASE, "r1", "deploy"))

    @property
    def states(self) -> list[tuple[str, StepState]]:
        return [(record.id, record.state) for record in self.records]


async def test_a_hook_that_is_not_set_does_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path, "raise SystemExit(1)", name="pre_build")
    await run.hooks.before("pre_switch")
    assert await run.hooks.after("post_switch") == ()
    assert run.records == []


async def test_it_runs_in_the_stack_s_folder_with_the_facts_in_its_environment(tmp_path: Path) -> None:
    program = (
        "import os; print(os.getcwd()); print(*(f'{k}={v}' for k, v in sorted(os.environ.items()) if 'FLAW' in k))"
    )
    run = Run(tmp_path, program)
    await run.hooks.before("pre_switch", services="web")
    folder, facts = run.records[-1].evidence
    assert folder == str(tmp_path)
    assert facts.split() == [
        "FLAWLESS_HOOK=pre_switch",
        "FLAWLESS_PARENT=r1",
        "FLAWLESS_PHASE=deploy",
        "FLAWLESS_RELEASE=r2",
        "FLAWLESS_REVISION=abc",
        "FLAWLESS_SERVICES=web",
        "FLAWLESS_STACK=shop",
    ]
    assert run.states == [("hook-pre_switch", StepState.STARTED), ("hook-pre_switch", StepState.PROVED)]
    assert run.records[-1].kind is StepKind.HOOK


async def test_what_it_says_is_masked_before_it_is_kept(tmp_path: Path) -> None:
    run = Run(tmp_path, "import sys; print('password hunter22'); print('hunter22', file=sys.stderr)")
    await run.hooks.before("pre_switch")
    assert sorted(run.records[-1].evidence) == ["password •••", "•••"]


FAILS = "import sys; print('no room'); sys.exit(3)"


async def test_one_before_something_stops_it(tmp_path: Path) -> None:
    run = Run(tmp_path, FAILS)
    with pytest.raises(StepFailedError) as caught:
        await run.hooks.before("pre_switch")
    assert caught.value.cause.message == "the hook pre_switch ended with status 3"
    assert caught.value.cause.evidence == ("no room",)
    assert run.states[-1] == ("hook-pre_switch", StepState.FAILED)


async def test_one_after_something_is_only_told_of(tmp_path: Path) -> None:
    run = Run(tmp_path, FAILS, name="post_promote")
    assert await run.hooks.after("post_promote") == ("the hook post_promote ended with status 3",)
    assert run.records[-1].state is StepState.FAILED


async def test_one_that_hangs_is_ended_and_what_it_said_is_kept(tmp_path: Path) -> None:
    run = Run(tmp_path, "import time; print('waiting', flush=True); time.sleep(60)", timeout=1.0)
    with pytest.raises(StepFailedError, match="did not end within 1 s"):
        await run.hooks.before("pre_switch")
    assert run.records[-1].evidence == ("waiting",)


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    run = Run(tmp_path, "")
    hooks = structs.replace(HookSettings(), pre_build=Hook(("./no-such-program",)))
    session = structs.replace(run.hooks.session, settings=structs.replace(Settings(), hooks=hooks))
    with pytest.raises(StepFailedError) as caught:
        await structs.replace(run.hooks, session=session).before("pre_build")
    assert "./no-such-program" in caught.value.cause.evidence[0]


async def test_a_journal_that_cannot_be_written_takes_no_good_release_away(tmp_path: Path) -> None:
    def full(record: StepRecord) -> None:
        raise UsageError("the disk is full")

    run = Run(tmp_path, "pass", name="on_rollback")
    (note,) = await structs.replace(run.hooks, record=full).after("on_rollback")
    assert "the disk is full" in note


def test_a_hook_that_deploys_again_is_refused_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_within_hook()
    monkeypatch.setenv("FLAWLESS_HOOK", "post_switch")
    with pytest.raises(RefusedError, match="the hook post_switch calls flawless again") as caught:
        refuse_within_hook()
    assert caught.value.exit_code == 6
