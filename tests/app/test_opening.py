"""Opening a stack: what is asked of other programs, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from flawless.app.check import check
from flawless.app.ports import make_ports
from flawless.app.session import Asked, open_session
from flawless.errors import UsageError
from flawless.model.check import Level
from flawless.ports.shell import CommandResult, RealShell

TINY = "services:\n  web:\n    image: nginx:1.27\n"


class Listening(RealShell):
    """Runs everything, and remembers it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def run(self, argv: Any, **more: Any) -> CommandResult:
        self.seen.append(" ".join(argv))
        return await super().run(argv, **more)


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text(TINY)
    return tmp_path


async def test_a_check_asks_compose_once_and_first(stack: Path) -> None:
    shell = Listening()
    await check(stack, structs.replace(make_ports(), shell=shell), Asked(), lambda _: None)
    asked = [number for number, command in enumerate(shell.seen) if command.endswith("config --format json")]
    assert asked == [0]


async def test_an_id_that_no_check_has_is_refused_although_compose_reads_the_files(stack: Path) -> None:
    (stack / "flawless.toml").write_text("[checks.runs-as-rot]\nenabled = false\n")
    with pytest.raises(UsageError, match="runs-as-rot"):
        await open_session(stack, make_ports(), Asked(), lambda _: None, levels=[Level.FILES])


async def test_what_compose_refuses_is_refused_although_the_settings_are_fine(stack: Path) -> None:
    (stack / "compose.yaml").write_text("services: [")
    with pytest.raises(UsageError, match="not valid YAML"):
        await open_session(stack, make_ports(), Asked(), lambda _: None)
