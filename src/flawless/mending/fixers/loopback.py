"""Ports that go past the proxy are bound to this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from flawless.mending.case import Case, Fixer, LeftAloneError
from flawless.mending.compose import Block, block_of
from flawless.model.fix import Edit, Fix
from flawless.model.stack import DATA_ROLES, Role

_LOOPBACK = "127.0.0.1"
_EVERYWHERE = "0.0.0.0"  # noqa: S104  (what is to be replaced)
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def mend(case: Case) -> Fix:
    """``127.0.0.1`` before each port that is open to all; a stack without a proxy keeps its only way in."""
    service, proxies = case.service, case.view.stack.with_role(Role.PROXY)
    if service.role not in DATA_ROLES and not any(proxy.ports for proxy in proxies):
        raise LeftAloneError("the stack publishes no proxy: this port may be the way in")
    if service.network_mode == "host" or any(port.origin.file != service.at("").file for port in service.ports):
        raise LeftAloneError("its ports are not all written where it is defined")
    block = block_of(case, "ports")
    edits = tuple(_edits(block))
    if not edits:
        raise LeftAloneError("no port is written in a way that can be changed safely")
    return case.fix(block.source.file, f"ports of {service.name} on this machine only", *edits)


def _edits(block: Block) -> Iterator[Edit]:
    found = block.entry("ports")
    ports = found[1] if found else None
    if not isinstance(ports, yaml.SequenceNode):
        return
    for item in ports.value:
        if isinstance(item, yaml.ScalarNode):
            yield from _short(block, item)
        elif isinstance(item, yaml.MappingNode) and not item.flow_style:
            yield from _long(block, item)


def _short(block: Block, item: Any) -> Iterator[Edit]:
    """``[address:][published:]target``, which has one part more for each."""
    column = item.start_mark.column + (1 if item.style in ("'", '"') else 0)
    line = item.start_mark.line + 1
    if not block.source.line(line)[column:].startswith(item.value):
        return  # an anchor or a tag stands before it, or an escape in it
    parts = _VARIABLE.sub("x", item.value).split(":")
    if len(parts) == 3 and parts[0] == _EVERYWHERE:
        yield Edit(line, column + 1, _LOOPBACK, len(_EVERYWHERE))
    elif len(parts) < 3:
        yield Edit(line, column + 1, f"{_LOOPBACK}:{':' if len(parts) == 1 else ''}")


def _long(block: Block, item: Any) -> Iterator[Edit]:
    keys = {key.value: value for key, value in item.value}
    address = keys.get("host_ip")
    if address is None and "target" in keys and all(isinstance(value, yaml.ScalarNode) for value in keys.values()):
        first, last = item.value[0][0], item.value[-1][1]
        margin = " " * first.start_mark.column
        yield block.source.after(last.end_mark.line + 1, [f"{margin}host_ip: {_LOOPBACK}"])
    elif isinstance(address, yaml.ScalarNode) and address.value == _EVERYWHERE:
        quoted = 1 if address.style in ("'", '"') else 0
        yield Edit(address.start_mark.line + 1, address.start_mark.column + quoted + 1, _LOOPBACK, len(_EVERYWHERE))


FIXER = Fixer("port-published", mend)
