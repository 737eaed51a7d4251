"""A lease that is lost in the middle ends the work with an answer, and not as if somebody had pressed Ctrl-C."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from flawless.app.leasing import lease_of
from flawless.app.session import Asked, Session, open_session
from flawless.deploy import lease as leases
from flawless.deploy.lease import Lease
from flawless.errors import DeployError
from flawless.ports.shell import RealShell
from flawless.testing.fakes import fake_ports
from flawless.testing.from_files import write_files


class Gone(Lease):
    """A lease that ends with its first beat."""

    def __init__(self) -> None:
        self.taken_over = ""

    async def beat(self) -> None:
        raise ConnectionResetError

    async def release(self) -> None:
        pass


@pytest.fixture
async def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    async def acquire(*_: object) -> Lease:
        return Gone()

    async def image(_: Session) -> str:
        return "relay"

    monkeypatch.setattr(leases, "acquire", acquire)
    monkeypatch.setattr("flawless.app.leasing._image", image)
    write_files(tmp_path, {"compose.yaml": "services: {web: {image: 'example/web:1'}}\n"})
    return await open_session(tmp_path, fake_ports(shell=RealShell()), Asked(), lambda _: None)


async def test_work_without_its_lease_is_broken_off_with_exit_5_and_what_to_do(session: Session) -> None:
    with pytest.raises(DeployError, match="the lease is lost") as lost:
        async with lease_of(session, "deploy"):
            await asyncio.sleep(60)
    assert (lost.value.exit_code, "flawless recover" in lost.value.remedy) == (5, True)
    task = asyncio.current_task()
    assert task is not None and not task.cancelling()


async def test_somebody_who_ends_the_work_is_told_nothing_of_a_lease(session: Session) -> None:
    async def work() -> None:
        async with lease_of(session, "deploy"):
            asyncio.current_task().cancel()  # type: ignore[union-attr]
            await asyncio.sleep(60)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(work())
