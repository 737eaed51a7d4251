"""``nginx -t`` in the proxy's own container of the copy: its image, its mounts, its network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from flawless.app.rehearsing.copy import Copy, compose_argv
from flawless.errors import EngineError
from flawless.model.facts import Fact, known, service_subject, unknown
from flawless.model.keys import CONFIG_TEST
from flawless.model.observed_copy import Came, ConfigTest
from flawless.model.stack import Role, Service

_SECONDS = 30.0
_LINES = 8
_NO_PROGRAM = frozenset({126, 127})
_ABSENT = ("executable file not found", "no such file or directory: unknown", "permission denied: unknown")


async def config_test(copy: Copy, came: Mapping[str, Came]) -> list[Fact]:
    """What nginx says of its configuration, for each proxy; where its container has ended, in one like it."""
    away = tuple(sorted(_names_of(service for service in copy.real.services if came[service.name] is not Came.READY)))
    found = await asyncio.gather(*(_tested(copy, service) for service in copy.real.with_role(Role.PROXY)))
    now, facts = copy.ports.clock.now(), []
    for service, (status, output) in zip(copy.real.with_role(Role.PROXY), found, strict=True):
        subject = service_subject(service.name)
        if status and came[service.name] is Came.WAITING:  # its start may prepare what its configuration includes
            facts.append(unknown(CONFIG_TEST, subject, f"{service.name} was not started: it waits for another service"))
            continue
        lines = tuple(line for line in copy.ports.masker.mask(output).splitlines() if line.strip())[-_LINES:]
        absent = status in _NO_PROGRAM or any(text in output.lower() for text in _ABSENT)
        reading = (
            ConfigTest(reason="it has no nginx that could be asked") if absent else ConfigTest(status, lines, away=away)
        )
        evidence = copy.ports.masker.evidence(f"nginx -t in a throwaway {service.name}", status, output, now, 0.0)
        facts.append(known(CONFIG_TEST, subject, reading, [evidence], now))
    return facts


def _names_of(services: Iterable[Service]) -> set[str]:
    """Every name under which they are reached."""
    return {name for each in services for attached in each.networks for name in each.names(attached.network)}


async def _tested(copy: Copy, service: Service) -> tuple[int, str]:
    try:
        answer = await copy.ports.engine.exec(copy.refs[service.name], ["nginx", "-t"], timeout=_SECONDS)
    except EngineError:
        return await _beside(copy, service)  # it does not run: the configuration may be why
    return answer.status, answer.output


async def _beside(copy: Copy, service: Service) -> tuple[int, str]:
    words = ("run", "--rm", "--no-deps", "--no-TTY", "--entrypoint", "nginx", service.name, "-t")
    argv = compose_argv(copy.session, copy.target.stack, copy.file, *words)
    result = await copy.ports.shell.run(argv, timeout=_SECONDS)
    return result.status, result.stdout + result.stderr
