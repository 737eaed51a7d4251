"""Gathering facts: the probes that fill the keys asked for, all at once, each in its time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from msgspec import structs

from flawless.discover import constants_in
from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Fact, FactKey, Facts, Scope, service_subject, unknown
from flawless.ports.bundle import Probe, Target

PACKAGE = "flawless.probes"
FIRST = ("files", "tools")
# For a probe that takes turns with others and for those before it.
_WITH_TURNS = 900.0


async def gather(target: Target, keys: Iterable[FactKey[Any]], probes: Iterable[Probe] | None = None) -> Facts:
    """A reading for each key and each of its subjects; what no probe could tell is unknown, with the reason."""
    wanted = {key.name: key for key in keys}
    candidates = probes_for(wanted) if probes is None else probes
    chosen = [probe for probe in candidates if any(key.name in wanted for key in probe.keys)]
    now = structs.replace(target, shared={})
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_look(probe, now)) for probe in chosen]
    blank = Facts(_blank(wanted.values(), target, "no probe tells this"))
    return blank.merged(fact for task in tasks for fact in task.result() if fact.key in wanted)


def probes_for(wanted: Iterable[str]) -> tuple[Probe, ...]:
    """The probes of as many folders as it takes to fill the keys, files first: a check of files loads no others."""
    missing = set(wanted)
    found: list[Probe] = []
    for folder in _folders():
        if missing:
            probes = probes_in(folder)
            missing -= {key.name for probe in probes for key in probe.keys}
            found.extend(probes)
    return tuple(found)


@cache
def _folders() -> tuple[str, ...]:
    names = [found.name for found in iter_modules(import_module(PACKAGE).__path__) if found.ispkg]
    return tuple(sorted(names, key=lambda name: (name not in FIRST, name)))


@cache
def probes_in(folder: str) -> tuple[Probe, ...]:
    """The probes of one folder, none where it is not there."""
    if folder not in _folders():
        return ()
    return tuple(probe for _, probe in constants_in(f"{PACKAGE}.{folder}", "PROBE", Probe))


async def _look(probe: Probe, target: Target) -> list[Fact]:
    """What the probe says; when it fails, one unknown for each of its keys and subjects."""
    limit = (_WITH_TURNS if probe.turns and target.throwaway else probe.timeout) * target.patience
    try:
        async with asyncio.timeout(limit):
            return [*_blank(probe.keys, target, "the probe said nothing"), *await probe.gather(target)]
    except TimeoutError:
        return list(_blank(probe.keys, target, f"it took longer than {limit:.0f} s to find out"))
    except FlawlessError as error:
        return list(_blank(probe.keys, target, _sentence(error), error.remedy))
    except Exception as error:
        # A probe that crashes costs its own facts only; the reason is in the report, not on a lost terminal.
        return list(_blank(probe.keys, target, f"the probe crashed: {type(error).__name__}: {error}"))


def _sentence(error: FlawlessError) -> str:
    return f"{error.what} ({error.where})" if error.where else error.what


def _blank(keys: Iterable[FactKey[Any]], target: Target, reason: str, remedy: str = "") -> Iterator[Fact]:
    reason = target.ports.masker.mask(reason)
    for key in keys:
        for subject in subjects(key, target):
            yield unknown(key, subject, reason, (), remedy)


def subjects(key: FactKey[Any], target: Target) -> tuple[str, ...]:
    """The subjects of a key in this stack."""
    if key.scope is Scope.STACK:
        return (STACK,)
    return tuple(service_subject(service.name) for service in target.stack.services)
