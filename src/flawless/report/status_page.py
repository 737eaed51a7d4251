"""How a stack stands, on one screen and as JSON. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from flawless.model.standing import Placed, ServiceStanding, StackStanding, Standing
from flawless.report._columns import columns
from flawless.report.text import age, one_line, short_image

SCHEMA = "flawless/status/1"
SIGNS = {
    Standing.HEALTHY: "✔",
    Standing.DONE: "✔",
    Standing.UNCHECKED: "·",
    Standing.STARTING: "·",
    Standing.FAULTY: "✘",
    Standing.UNKNOWN: "?",
}
_HEAD = ("", "SERVICE", "STATE", "UP", "RST", "REVISION", "PORTS", "IMAGE")
_SHORT = 8
_INDENT = " " * 13  # as wide as the names of the lines below the table
_GIB = 1024**3


def status_page(stack: StackStanding, width: int = 100) -> str:
    """The services as a table, and below it what concerns the whole stack."""
    rows = [row for service in stack.services for row in _rows(service, stack.at)]
    return "\n".join((one_line(stack.name), columns(*_filled(rows), width), *_wrapped(_lines(stack), width), ""))


def _filled(rows: Sequence[tuple[str, ...]]) -> tuple[list[str], list[list[str]]]:
    """Head and rows without the columns in which no row says anything."""
    told = [place for place in range(len(_HEAD)) if any(row[place] for row in rows)]
    return [_HEAD[place] for place in told], [[row[place] for place in told] for row in rows]


def _rows(service: ServiceStanding, now: float) -> Iterator[tuple[str, ...]]:
    if not service.containers:
        yield (SIGNS[service.standing], service.name, service.why, "", "", "", "", "")
    for placed in service.containers:
        yield _row(service, placed, now)
    if service.containers and service.standing not in {placed.standing for placed in service.containers}:
        yield (SIGNS[service.standing], service.name, service.why, "", "", "", "", "")


def _row(service: ServiceStanding, placed: Placed, now: float) -> tuple[str, ...]:
    container = placed.container
    many = len(service.containers) > 1 or service.wanted > 1
    up = age(now - container.started_at) if container.state == "running" and container.started_at else "-"
    return (
        SIGNS[placed.standing],
        f"{service.name} {container.number}" if many else service.name,
        placed.why,
        up,
        str(container.restart_count),
        container.revision[:_SHORT],
        _ports(placed),
        short_image(container.image),
    )


def _ports(placed: Placed) -> str:
    """``127.0.0.1:8443->443``; an address of both families is shown once."""
    bound = ((port.host_ip if port.host_ip != "::" else "0.0.0.0", port) for port in placed.container.published)  # noqa: S104
    return " ".join(dict.fromkeys(f"{address or '*'}:{port.host_port}->{port.target}" for address, port in bound))


def _wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    for line in lines:
        yield from textwrap.wrap(line, width, subsequent_indent=_INDENT)


def _lines(stack: StackStanding) -> Iterator[str]:
    yield f"release      {_release(stack)}"
    yield f"certificate  {_certificate(stack)}"
    yield f"disk         {_disk(stack)}"
    verdict = stack.verdict
    if verdict is None:
        yield f"verdict      {_unseen(stack, 'verdict', 'no run is recorded yet')}"
        return
    sign = "✔ go" if verdict.go else f"✘ no go ({verdict.exit_code})"
    yield f"verdict      {sign}: {verdict.phase} at {verdict.started}: {one_line(verdict.reason)}"


def _release(stack: StackStanding) -> str:
    mark = stack.release
    if not mark.id:
        return _unseen(stack, "release", "none is recorded")
    good = "" if mark.good == mark.id else f"; last good: {mark.good or 'none'}"
    return f"{mark.id}  {mark.state}  {mark.revision[:12]}{good}"


def _certificate(stack: StackStanding) -> str:
    days = stack.certificate_days
    if days is None:
        return _unseen(stack, "certificate", "not looked at")
    return f"✔ {days:.0f} days left" if days > 0 else f"✘ expired {-days:.0f} days ago"


def _disk(stack: StackStanding) -> str:
    if stack.disk_free is None or not stack.disk_total:
        return _unseen(stack, "disk", "not looked at")
    share = stack.disk_free / stack.disk_total
    return f"{stack.disk_free / _GIB:.1f} of {stack.disk_total / _GIB:.1f} GiB free ({share:.0%})"


def _unseen(stack: StackStanding, name: str, otherwise: str) -> str:
    return f"? {one_line(stack.unseen[name])}" if name in stack.unseen else f"- {otherwise}"


def status_json(stack: StackStanding, code: int) -> str:
    """The same as JSON, schema ``flawless/status/1``; ``exit_code`` is that of the command."""
    data: dict[str, Any] = {"schema": SCHEMA, "exit_code": code, **msgspec.to_builtins(stack)}
    for service in data["services"]:
        service["containers"] = [_container(placed) for placed in service["containers"]]
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode() + "\n"


def _container(placed: dict[str, Any]) -> dict[str, Any]:
    wanted = ("id", "name", "number", "state", "health", "exit_code", "restart_count", "started_at", "image")
    rest = ("image_id", "revision", "published")
    shown = {name: placed["container"][name] for name in (*wanted, *rest)}
    return {"standing": placed["standing"], "why": placed["why"], **shown}
