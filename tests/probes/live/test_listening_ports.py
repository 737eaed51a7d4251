"""The kernel's tables of sockets, read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.model.observed_copy import ListeningPorts
from flawless.probes.live.listening import ports_in

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def row(address: str, state: str = "0A") -> str:
    return f"   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000        0 1 1\n"


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([row("00000000:1F90")], ListeningPorts((8080,))),
        ([row("0100007F:1F90")], ListeningPorts((), (8080,))),
        ([row("0100007F:1F90"), row("00000000:1F90")], ListeningPorts((8080,))),
        ([row("0200A8C0:0050")], ListeningPorts((80,))),
        ([row("00000000000000000000000000000000:0050")], ListeningPorts((80,))),
        ([row("00000000000000000000000001000000:0050")], ListeningPorts((), (80,))),
        ([row("0000000000000000FFFF00000100007F:0050")], ListeningPorts((), (80,))),
        ([row("0B00007F:9C41")], ListeningPorts()),  # the engine's own resolver
        ([row("00000000:1F90", "01")], ListeningPorts()),  # a connection
        ([], ListeningPorts()),
        (["cat: /proc/net/tcp6: No such file or directory\n"], ListeningPorts()),
    ],
)
def test_ports_of_a_table(rows: list[str], wanted: ListeningPorts) -> None:
    assert ports_in(HEAD + "".join(rows)) == wanted


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    assert ports_in(text) == ports_in(text)
