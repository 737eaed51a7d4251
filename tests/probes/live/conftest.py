"""The reference stack under a name and on ports of its own, started once for all tests of live probes."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec import structs

from flawless.app.observe import read_stack
from flawless.app.ports import make_ports
from flawless.model.settings import EdgeSettings, Settings
from flawless.ports.bundle import Ports

from .shop import KEY_COUNTER, Bench, Shop, compose

REFERENCE = Path(__file__).parents[3] / "stack"
_BUILT = ("nginx", "frontend", "backend", "postgres", "redis")
_UP_SECONDS = 600
_DOWN_SECONDS = 120


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The copy, up and healthy; gone afterwards with its volumes."""
    root = tmp_path_factory.mktemp("shop") / "stack"
    shutil.copytree(REFERENCE, root, ignore=shutil.ignore_patterns("secrets", "certs", ".flawless", "__pycache__"))
    file, name = root / "compose.yaml", f"shop{secrets.token_hex(3)}"
    file.write_text(file.read_text().replace("name: viworks\n", f"name: {name}\n"))
    subprocess.run([root / "bin" / "setup"], check=True, capture_output=True, timeout=60)
    with (root / "secrets" / "redis_acl").open("a") as accounts:
        accounts.write(f"user {KEY_COUNTER} on nopass +dbsize\n")
    images = {f"{service.upper()}_IMAGE": f"{name}/{service}:tests" for service in _BUILT}
    environment = {"HTTPS_PORT": str(_free_port()), "HTTP_PORT": str(_free_port()), **images}
    settings = Settings(edge=EdgeSettings(ca="certs/ca.crt"))
    stack, _ = asyncio.run(read_stack(root, settings, make_ports(), environment=environment))
    try:
        compose(root, environment, "up", "-d", "--build", "--wait", timeout=_UP_SECONDS)
        yield Shop(root, stack, settings, environment)
    finally:
        compose(root, environment, "down", "--volumes", "--timeout", "5", timeout=_DOWN_SECONDS)
        subprocess.run(("docker", "rmi", *images.values()), check=False, capture_output=True, timeout=60)


@pytest.fixture
async def ports() -> AsyncIterator[Ports]:
    """Real ports, closed afterwards."""
    ports = make_ports()
    yield ports
    assert ports.relay is not None
    await ports.relay.close()
    await ports.engine.close()


@pytest.fixture
async def bench(shop: Shop, ports: Ports) -> AsyncIterator[Bench]:
    """An empty bench; what a test puts on it is removed afterwards."""
    bench = Bench(shop, structs.replace(shop.stack, name=f"{shop.name}bench"), ports, [])
    yield bench
    for ref in bench.made:
        await ports.engine.remove(ref, force=True)
