"""Programs of the images, run alone: the healthcheck with nothing to answer it, and the start command.

Each container is without network, volumes, rights and the stack's environment, and ends within seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from flawless.errors import EngineError, FlawlessError
from flawless.model.facts import Fact, FactKey, known, service_subject, unknown
from flawless.model.keys import HEALTH_TRIAL, START_TRIAL
from flawless.model.observed import Trial
from flawless.model.stack import DATA_ROLES, MASK, Role, Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.engine import Json
from flawless.ports.strays import LABEL, SHARES, sweep

_HEALTH_SECONDS = 10.0
_START_SECONDS = 2.0
_POLL = 0.05
_LINES = 10
_WIDTH = 300
_MEMORY = 512 * 1024 * 1024
_SHELL = ("/bin/sh", "-c")


class UnrunError(FlawlessError):
    """A program that is not tried, and why."""


async def gather(target: Target) -> list[Fact]:
    """Both trials of every service whose image the engine has; strays of killed runs are removed first."""
    await sweep(target.ports.engine)
    slots = asyncio.Semaphore(4)
    looks = [
        _fact(target, service, key, run, slots)
        for service in target.stack.services
        for key, run in ((HEALTH_TRIAL, _health), (START_TRIAL, _start))
    ]
    return list(await asyncio.gather(*looks))


async def _fact(
    target: Target,
    service: Service,
    key: FactKey[Trial],
    run: Callable[[Target, Service, Json], Awaitable[Trial]],
    slots: asyncio.Semaphore,
) -> Fact:
    subject, ref = service_subject(service.name), service.image or f"{target.stack.name}-{service.name}"
    try:
        image = await target.ports.engine.image(ref)
        if image is None:
            return unknown(key, subject, f"the engine does not have the image {ref}", remedy="flawless check --build")
        async with slots:
            trial = await run(target, service, image)
    except FlawlessError as error:
        return unknown(key, subject, error.what, remedy=error.remedy)
    now = target.ports.clock.now()
    what = f"run {' '.join(trial.argv)} in {ref}, without a network"
    said = trial.refused or "\n".join(trial.output)
    evidence = target.ports.masker.evidence(what, str(trial.status), said, now, trial.seconds)
    return known(key, subject, trial, (evidence,) if trial.argv else (), now)


async def _health(target: Target, service: Service, image: Json) -> Trial:
    """The healthcheck in force; nothing runs beside it that could answer."""
    inherited = ((image.get("Config") or {}).get("Healthcheck") or {}).get("Test") or ()
    health = service.health
    if health is not None and health.disabled:
        return Trial(())
    kind, *words = (health.test if health and health.test else inherited) or ("NONE",)
    argv = (*_SHELL, *words) if kind == "CMD-SHELL" else tuple(words)
    return await _run(target, service, image, argv, _HEALTH_SECONDS) if kind != "NONE" and argv else Trial(())


async def _start(target: Target, service: Service, image: Json) -> Trial:
    """The start command of a program that is built here; jobs end by design, and stores are not built here."""
    if service.build is None or service.role in {Role.JOB, *DATA_ROLES}:
        return Trial(())
    config = image.get("Config") or {}
    entrypoint = service.entrypoint if service.entrypoint is not None else tuple(config.get("Entrypoint") or ())
    inherited = () if service.entrypoint is not None else tuple(config.get("Cmd") or ())
    argv = (*entrypoint, *(service.command if service.command is not None else inherited))
    return await _run(target, service, image, argv, _START_SECONDS) if argv else Trial(())


async def _run(target: Target, service: Service, image: Json, argv: tuple[str, ...], limit: float) -> Trial:
    engine, clock, mask = target.ports.engine, target.ports.clock, target.ports.masker.mask
    if any(MASK in word for word in argv):
        raise UnrunError("the command holds a secret, which is not handed to a trial")
    shown = tuple(mask(word) for word in argv)
    ref = await engine.create(_config(service, image, argv))
    try:
        start = clock.monotonic()
        try:
            await engine.start(ref)
        except EngineError as error:
            return Trial(shown, refused=mask(error.what))
        status = await _ended(target, ref, limit)
        lines = [mask(line.text)[:_WIDTH] for line in await engine.logs(ref, tail=100) if line.text.strip()]
        return Trial(shown, status, tuple(lines[:_LINES]), round(clock.monotonic() - start, 2))
    finally:
        await asyncio.shield(engine.remove(ref, force=True))


async def _ended(target: Target, ref: str, limit: float) -> int | None:
    """The exit code, or None when it still runs after ``limit`` seconds."""
    clock = target.ports.clock
    end = clock.monotonic() + limit
    while clock.monotonic() < end:
        found = await target.ports.engine.container(ref)
        if found is None:
            raise EngineError("somebody removed the container of a trial", where=ref[:12])
        if found["State"]["Status"] == "exited":
            return int(found["State"]["ExitCode"])
        await clock.sleep(_POLL)
    return None


def _config(service: Service, image: Json, argv: tuple[str, ...]) -> Json:
    return {
        "Image": image["Id"],
        "Entrypoint": [argv[0]],
        "Cmd": list(argv[1:]),
        "User": service.user,
        "Labels": {LABEL: "1"},
        "Healthcheck": {"Test": ["NONE"]},
        "NetworkDisabled": True,
        "HostConfig": {
            "NetworkMode": "none",
            "ReadonlyRootfs": service.read_only,
            "Tmpfs": {"/tmp": "size=16m,mode=1777"},  # noqa: S108  (inside the container)
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"],
            "Memory": _MEMORY,
            "CpuShares": SHARES,
            "PidsLimit": 128,
        },
    }


PROBE = Probe(keys=(HEALTH_TRIAL, START_TRIAL), gather=gather, timeout=90.0)
