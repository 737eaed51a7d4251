"""The proxy answers 503 with Retry-After while something behind it is away. Pure: the steps, and the configuration.

Only what nginx can do with the files that it mounts from the release's own copies: the user's files are never touched,
and a deploy that is cut off leaves a mark with which the next one puts the release's files back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from flawless.model.plan import ServicePlan, Step, StepKind, Strategy
from flawless.model.stack import Role, Service, Stack

RETRY_AFTER = 30
_PAGE = f" # flawless: maintenance\n    return 503;\n    add_header Retry-After {RETRY_AFTER} always;\n"
_SERVER = re.compile(r"^[ \t]*server[ \t]*\{", re.MULTILINE)
_LISTEN = re.compile(r"^\s*listen\s+(?:[^\s;]*:)?(\d+)\b", re.MULTILINE)
_DEFAULT_PORT = 80


def paused(text: str, ports: Iterable[int]) -> str:
    """A configuration file whose servers on these ports (none: all) answer 503; the same text where it has none."""
    wanted = set(ports)
    starts = list(_SERVER.finditer(text))
    ends = [*(start.start() for start in starts[1:]), len(text)]
    for start, end in reversed(list(zip(starts, ends, strict=False))):
        listens = {int(port) for port in _LISTEN.findall(text[start.end() : end])} or {_DEFAULT_PORT}
        if not wanted or wanted & listens:
            text = f"{text[: start.end()]}{_PAGE}{text[start.end() :]}"
    return text


def with_page(
    steps: Sequence[Step], services: Iterable[ServicePlan], stack: Stack, files: Mapping[str, str]
) -> tuple[tuple[Step, ...], tuple[str, ...]]:
    """The steps with a page before the first and after the last that stops something behind a proxy; and what to say.

    ``files`` are digests of the live files by service: a proxy that has none mounts none of ours.
    """
    proxies = {service.name for service in stack.with_role(Role.PROXY)}
    away = [number for number, step in enumerate(steps) if _stops(step) and step.service not in proxies]
    if not away:
        return tuple(steps), ("--maintenance: nothing behind the proxy stops first, so no page is shown",)
    stays = {each.service for each in services if each.strategy in (Strategy.UNTOUCHED, Strategy.RELOAD)}
    showing = [service for service in stack.with_role(Role.PROXY) if _can_show(service, stays, files)]
    if not showing:
        why = "no nginx that stays in place mounts its configuration from the stack's committed files"
        return tuple(steps), (f"--maintenance: no page can be shown: {why}",)
    first, last = away[0], away[-1]
    on = (_step(StepKind.PAUSE, service.name) for service in showing)
    off = (_step(StepKind.UNPAUSE, service.name) for service in showing)
    return (*steps[:first], *on, *steps[first : last + 1], *off, *steps[last + 1 :]), ()


def _stops(step: Step) -> bool:
    return step.strategy is Strategy.STOP_FIRST


def _can_show(service: Service, stays: set[str], files: Mapping[str, str]) -> bool:
    return service.name in stays and "nginx" in service.image and bool(files.get(service.name))


def _step(kind: StepKind, proxy: str) -> Step:
    on = kind is StepKind.PAUSE
    return Step(
        id=f"{kind.value}-{proxy}",
        kind=kind,
        why="what it forwards to is away for a moment" if on else "what it forwards to is back",
        proof=f"it {'answers 503 with Retry-After' if on else 'has loaded its own configuration again'}",
        undo="its own configuration is put back and loaded",
        service=proxy,
    )
