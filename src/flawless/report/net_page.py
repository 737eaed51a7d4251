"""The networks of a stack as tables, as a picture in Mermaid's language, and as JSON. Pure.

Mermaid is text: forges and editors draw it, so neither a library nor a program for laying out graphs is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from flawless.model.check import Outcome
from flawless.model.wiring import Way, WiredNetwork, Wiring
from flawless.report._columns import columns
from flawless.report.text import one_line

SCHEMA = "flawless/net/1"
_WAY_SIGN = {Way.OPEN: "✔", Way.CLOSED: "✘", Way.UNKNOWN: "?"}
_SIGN = {
    Outcome.PASS: "✔",
    Outcome.FAIL: "✘",
    Outcome.ERROR: "?",
    Outcome.UNKNOWN: "?",
    Outcome.WAIVED: "~",
    Outcome.NOT_APPLICABLE: "-",
}
_WAY_OUT = {True: "internal", False: "has a way out", None: "not there"}
_ANY = frozenset({"", "0.0.0.0", "::"})  # noqa: S104  (shown as such, nothing listens here)


def net_page(wiring: Wiring, width: int = 100) -> str:
    """Networks with their members, who must reach whom, who can besides, published ports, and where the data is."""
    parts = (
        ("Networks", columns(("NETWORK", "SERVICE", "ADDRESS", "NAMES"), _members(wiring), width)),
        ("Must reach", _needs(wiring, width)),
        ("Can reach each other, and nothing says that they must", _others(wiring)),
        ("Published", "".join(f"  {line}\n" for line in _published(wiring)) or "  nothing\n"),
        ("Isolation", _isolation(wiring)),
    )
    return "\n".join(f"{heading}\n{text}" for heading, text in parts if text)


def _members(wiring: Wiring) -> Iterator[tuple[str, ...]]:
    for network in wiring.networks:
        yield (network.key or network.name, _WAY_OUT[network.internal], "", network.name)
        for member in network.members:
            names = " ".join(dict.fromkeys((*member.aliases, member.container)))
            yield ("", member.service or "(not of this stack)", member.address, names)


def _needs(wiring: Wiring, width: int) -> str:
    rows = [
        (_WAY_SIGN[need.way], need.caller, need.peer, _via(wiring, need.networks, need.way), ", ".join(need.why))
        for need in wiring.needs
    ]
    unread = [f"? whom {name} passes on to could not be read\n" for name in wiring.unread]
    table = columns(("", "CALLER", "PEER", "OVER", "WHY"), rows, width) if rows else "  nobody names another\n"
    return table + "".join(unread)


def _via(wiring: Wiring, networks: Iterable[str], way: Way) -> str:
    keys = {network.name: network.key or network.name for network in wiring.networks}
    otherwise = {Way.CLOSED: "no shared network", Way.UNKNOWN: "one does not run, or is on the host's network"}
    return ", ".join(keys.get(name, name) for name in networks) or otherwise.get(way, "")


def _others(wiring: Wiring) -> str:
    lines = (f"{one.one} and {one.other} over {_via(wiring, one.networks, Way.OPEN)}" for one in wiring.others)
    return "".join(f"  {one_line(line)}\n" for line in lines)


def _published(wiring: Wiring) -> list[str]:
    """Each once: a port on all interfaces is bound twice, for both families of addresses."""
    shown = (
        f"{'every address' if port.address in _ANY else port.address}:{port.port} -> {port.service}:{port.target}"
        for port in wiring.published
    )
    return list(dict.fromkeys(shown))


def _isolation(wiring: Wiring) -> str:
    lines = [f"{_SIGN[one.outcome]} {_who(one.subject)}{one_line(one.message)}" for one in wiring.isolation]
    if not any(one.tried for one in wiring.isolation):
        lines.append("  by the files; --try connects from the edge's networks")
    return "".join(f"{line}\n" for line in lines)


def _who(subject: str) -> str:
    name = subject.removeprefix("service:")
    return f"{one_line(name)}: " if name != subject else ""


def net_picture(wiring: Wiring) -> str:
    """The same as a Mermaid flowchart: networks round, services square, thick arrows for who must reach whom."""
    services = sorted(set(_services(wiring)))
    ids = {name: f"s{number}" for number, name in enumerate(services)}
    lines = ["flowchart LR", *(f'  {ids[name]}["{_label(name)}"]' for name in services)]
    for number, network in enumerate(wiring.networks):
        lines += _drawn(network, f"n{number}", ids)
    for need in wiring.needs:
        arrow = "==>" if need.way is Way.OPEN else f'-. "{_WAY_SIGN[need.way]}" .->'
        lines.append(f"  {ids[need.caller]} {arrow} {ids[need.peer]}")
    for number, line in enumerate(_published(wiring)):
        outside, _, inside = line.partition(" -> ")
        lines += [f'  p{number}>"{_label(outside)}"] --> {ids[inside.rpartition(":")[0]]}']
    return "\n".join(lines) + "\n"


def _services(wiring: Wiring) -> Iterator[str]:
    for need in wiring.needs:
        yield from (need.caller, need.peer)
    for network in wiring.networks:
        yield from (member.service for member in network.members if member.service)
    yield from (port.service for port in wiring.published)


def _drawn(network: WiredNetwork, name: str, ids: dict[str, str]) -> Iterator[str]:
    yield f'  {name}(["{_label(network.key or network.name)} ({_WAY_OUT[network.internal]})"])'
    members = dict.fromkeys(member.service for member in network.members if member.service)
    yield from (f"  {name} --- {ids[service]}" for service in members)


def _label(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def net_json(wiring: Wiring) -> str:
    """The same as JSON, schema ``flawless/net/1``."""
    data = {"schema": SCHEMA, "exit_code": wiring.exit_code, **msgspec.to_builtins(wiring)}
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"
