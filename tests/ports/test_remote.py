"""Where the engine is, by docker's own rules, and what ssh is asked for."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from flawless.errors import EngineError
from flawless.ports.aioengine import AioEngine
from flawless.ports.remote import Endpoint, endpoint, tunnel


def docker_config(folder: Path, current: str = "", **contexts: str) -> dict[str, str]:
    """A docker configuration with these contexts; the environment that names it."""
    (folder / "config.json").write_text(json.dumps({"currentContext": current} if current else {}))
    for name, host in contexts.items():
        meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
        meta.parent.mkdir(parents=True)
        meta.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
    return {"DOCKER_CONFIG": str(folder)}


@pytest.mark.parametrize(
    ("current", "environ", "url"),
    [
        ("", {}, ""),
        ("default", {}, ""),
        ("shop", {}, "ssh://shop"),
        ("shop", {"DOCKER_CONTEXT": "forum"}, "tcp://forum:2376"),
        ("shop", {"DOCKER_CONTEXT": "default"}, ""),
        ("shop", {"DOCKER_HOST": "unix:///x.sock"}, "unix:///x.sock"),
        ("shop", {"DOCKER_HOST": "unix:///x.sock", "DOCKER_CONTEXT": "forum"}, "unix:///x.sock"),
        ("nowhere", {}, ""),
    ],
)
def test_the_host_comes_before_the_context(tmp_path: Path, current: str, environ: dict[str, str], url: str) -> None:
    configured = docker_config(tmp_path, current, shop="ssh://shop", forum="tcp://forum:2376")
    assert endpoint({**configured, **environ}) == Endpoint(url)


def test_tls_files_are_where_docker_has_them(tmp_path: Path) -> None:
    configured = docker_config(tmp_path, "forum", forum="tcp://forum:2376")
    key = hashlib.sha256(b"forum").hexdigest()
    files = tmp_path / "contexts" / "tls" / key / "docker"
    files.mkdir(parents=True)
    assert endpoint(configured) == Endpoint("tcp://forum:2376", files)
    host = {"DOCKER_HOST": "tcp://x:2376", "DOCKER_TLS_VERIFY": "1"}
    assert endpoint({**configured, **host}).certificates == tmp_path
    assert endpoint({**configured, **host, "DOCKER_CERT_PATH": "/c"}).certificates == Path("/c")
    assert endpoint({**configured, **host, "DOCKER_TLS_VERIFY": ""}).certificates is None


async def test_certificates_that_cannot_be_read_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(EngineError, match="no Docker engine was found"):
        await AioEngine("tcp://127.0.0.1:1", certificates=tmp_path).version()


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_configuration_that_cannot_be_read_names_no_engine(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    assert endpoint({"DOCKER_CONFIG": str(tmp_path)}) == Endpoint("")


def fake_ssh(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    (folder / "ssh").write_text(f"#!/bin/sh\n{program}\n")
    (folder / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


async def test_what_ssh_complains_of_is_the_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_ssh(tmp_path, monkeypatch, "echo 'Warning: something'; echo 'Permission denied (publickey).' >&2; exit 255")
    with pytest.raises(EngineError, match="cannot reach ssh://me@far: Permission denied") as caught:
        async with tunnel("ssh://me@far"):
            pass
    assert "ssh far true" in caught.value.remedy


async def test_ssh_is_asked_for_that_user_port_and_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_ssh(tmp_path, monkeypatch, f'echo "$@" > {tmp_path}/asked; exit 1')
    with pytest.raises(EngineError):
        async with tunnel("ssh://me@far:2222/run/other.sock"):
            pass
    asked = (tmp_path / "asked").read_text()
    assert "engine.sock:/run/other.sock -p 2222 -l me -- far cat" in asked


async def test_without_ssh_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="No such file") as caught:
        async with tunnel("ssh://far"):
            pass
    assert caught.value.remedy == "install an ssh client"


async def test_an_engine_without_a_way_to_it_says_so_at_the_first_call_and_not_before() -> None:
    engine = AioEngine(shown="ssh://far", trouble=EngineError("cannot reach ssh://far: no"))
    assert engine.address == "ssh://far"
    with pytest.raises(EngineError, match="cannot reach ssh://far: no"):
        await engine.version()
