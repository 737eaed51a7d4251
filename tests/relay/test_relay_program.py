"""The relay as a program on this machine: what it says and how it ends."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from flawless.errors import EngineError
from flawless.ports.relay import program_for
from flawless.relay import build

PT_INTERP = 3


@pytest.fixture(scope="module")
def relay() -> Path:
    """The relay for this machine, built when it is not there."""
    here = build.architecture_here()
    build.build([here])
    return build.program(here)


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that answers one client with the same in capitals and then hangs up."""

    def serve() -> None:
        client, _ = server.accept()
        with client:
            while block := client.recv(1024):
                client.sendall(block.upper())

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def run(relay: Path, *words: object, given: bytes = b"") -> tuple[int, bytes]:
    done = subprocess.run([relay, *map(str, words)], input=given, capture_output=True, timeout=10, check=False)
    return done.returncode, done.stdout


def test_an_open_connection_carries_bytes_both_ways(relay: Path, echo: int) -> None:
    assert run(relay, "tunnel", 3, "127.0.0.1", echo, given=b"hello") == (0, b"0 open\nHELLO")


def test_a_closed_port_is_refused(relay: Path) -> None:
    assert run(relay, "tunnel", 3, "127.0.0.1", closed_port()) == (69, b"69 Connection refused\n")


def test_an_unknown_name_is_unresolved(relay: Path) -> None:
    status, output = run(relay, "tunnel", 3, "no-such-host.invalid", 80)
    assert (status, output[:3]) == (68, b"68 ")


def test_a_peer_that_never_answers_times_out(relay: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(address)
        assert run(relay, "tunnel", 1, *address)[0] == 70
        for each in waiting:
            each.close()


def test_reach_tries_every_target_at_once(relay: Path, echo: int) -> None:
    targets = ("127.0.0.1", echo, "127.0.0.1", closed_port(), "no-such-host.invalid", 80)
    status, output = run(relay, "reach", 3, *targets)
    outcomes = dict(line.split()[:2] for line in output.splitlines())
    assert (status, outcomes) == (0, {b"0": b"0", b"1": b"69", b"2": b"68"})


def test_hold_repeats_its_input_and_ends_with_it(relay: Path) -> None:
    assert run(relay, "hold", given=b"still here\n") == (0, b"still here\n"), (
        "what it reads is a heartbeat: kept in its log"
    )


@pytest.mark.parametrize(
    "words", [(), ("tunnel",), ("tunnel", "0", "h", "1"), ("reach", "1", "h"), ("other", "1", "h", "1")]
)
def test_wrong_words_are_refused(relay: Path, words: tuple[str, ...]) -> None:
    assert run(relay, *words)[0] == 64


def test_the_program_needs_no_library_of_the_machine(relay: Path) -> None:
    raw = relay.read_bytes()
    table, size, count = (
        struct.unpack_from("<Q", raw, 32)[0],
        struct.unpack_from("<H", raw, 54)[0],
        struct.unpack_from("<H", raw, 56)[0],
    )
    kinds = [struct.unpack_from("<I", raw, table + size * index)[0] for index in range(count)]
    assert kinds
    assert PT_INTERP not in kinds


def test_the_recorded_digests_are_of_this_source() -> None:
    recorded = json.loads(build.DIGESTS.read_text())
    assert recorded["source"] == build.digest(build.SOURCE), "run python -m flawless.relay.build --record"


def test_the_same_source_gives_the_same_program(relay: Path, tmp_path: Path) -> None:
    again = tmp_path / "relay"
    build.compile_to(again, build.architecture_here())
    assert again.read_bytes() == relay.read_bytes()


def test_building_what_is_there_does_nothing(relay: Path) -> None:
    assert build.build([build.architecture_here()]) == []


def test_an_unknown_architecture_is_one_sentence() -> None:
    with pytest.raises(build.BuildError, match="no relay for pdp11"):
        build.build(["pdp11"])


def test_an_engine_on_another_architecture_is_one_sentence() -> None:
    with pytest.raises(EngineError, match="no relay for an engine on s390x"):
        program_for("s390x")
