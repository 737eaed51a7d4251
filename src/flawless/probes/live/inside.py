"""The backend's health over HTTP, asked from inside the networks that the proxy and the frontend share with it."""

from __future__ import annotations

import asyncio
import re

from flawless.errors import FlawlessError
from flawless.model.facts import STACK, Evidence, Fact, known, unknown
from flawless.model.keys import INSIDE
from flawless.model.observed import InsideAnswer
from flawless.model.stack import Role, Service
from flawless.ports.bundle import Probe, Target
from flawless.ports.relay import Relay
from flawless.probes.live._services import UnseenError, relay_of

_SECONDS = 5.0
_MOST_PORT = 65_535
_IN_URL = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0):(\d{2,5})\b")
_ALONE = re.compile(r"(?<![\w./:-])(\d{2,5})(?![\w./:-])")


async def gather(target: Target) -> list[Fact]:
    """One answer for each caller, backend and shared network; a network that several callers share is tried once."""
    try:
        wanted = await _wanted(target)
    except FlawlessError as error:
        return [unknown(INSIDE, STACK, error.what, remedy=error.remedy)]
    relay, keys = relay_of(target), dict.fromkeys(question for _, question in wanted)
    try:
        path = target.settings.edge.health_path
        found = await asyncio.gather(*(ask_inside(target, relay, question, path) for question in keys))
    except FlawlessError as error:
        return [unknown(INSIDE, STACK, target.ports.masker.mask(error.what), remedy=error.remedy)]
    by_question = dict(zip(keys, found, strict=True))
    answers = tuple(_for(caller, by_question[question]) for caller, question in wanted)
    evidence = [_evidence(target, answer) for answer in found]
    return [known(INSIDE, STACK, answers, evidence, target.ports.clock.now())]


async def _wanted(target: Target) -> list[tuple[str, tuple[str, str, int]]]:
    """Callers, and what to ask for each: the network's full name, the backend's name and its port."""
    stack = target.stack
    wanted = []
    for backend in stack.with_role(Role.BACKEND):
        port = await port_of(target, backend)
        for caller in stack.with_role(Role.PROXY, Role.FRONTEND):
            for key in sorted(stack.shared_networks(caller, backend)):
                network = stack.network(key)
                wanted.append((caller.name, (network.full_name if network else key, backend.name, port)))
    return wanted


async def port_of(target: Target, service: Service) -> int:
    """The port that a service serves: from expose, its healthcheck, its published ports, or its image."""
    ports = list(service.expose) or _health_ports(service) or [port.target for port in service.ports]
    if not ports and service.image:
        image = await target.ports.engine.image(service.image) or {}
        exposed = (image.get("Config") or {}).get("ExposedPorts") or {}
        ports = sorted(int(port.partition("/")[0]) for port in exposed)
    if not ports:
        raise UnseenError(f"no file tells the port of {service.name}", remedy=f"add expose: to {service.name}")
    return ports[0]


def _health_ports(service: Service) -> list[int]:
    """Ports in a healthcheck's test: in a URL to the container itself, else a number that stands alone."""
    test = " ".join(service.health.test) if service.health and not service.health.disabled else ""
    found = _IN_URL.findall(test) or _ALONE.findall(test)
    return [int(port) for port in found if 0 < int(port) <= _MOST_PORT]


async def ask_inside(
    target: Target, relay: Relay, place: tuple[str, str, int], path: str, *, seconds: float = _SECONDS
) -> InsideAnswer:
    """One GET at a place (network's full name, host, port); status 0 when nobody answered. Raise EngineError."""
    network, host, port = place
    url = f"http://{host}:{port}{path}"
    async with relay.tunnel(network, host, port) as tunnel:
        dialled = tunnel.dialled
        if dialled.state != "open":
            said = f"{dialled.state} from the network {network}: {dialled.message}"
            return InsideAnswer("", url, 0, said, round(dialled.seconds, 3))
        local = f"http://127.0.0.1:{tunnel.port}{path}"
        answer = await target.ports.http.get(local, timeout=seconds, headers={"host": f"{host}:{port}"})
    message = answer.error.replace(local, url) or answer.body.decode(errors="replace")[:200]
    return InsideAnswer("", url, answer.status, target.ports.masker.mask(message), round(answer.seconds, 3))


def _for(caller: str, answer: InsideAnswer) -> InsideAnswer:
    return InsideAnswer(caller, answer.url, answer.status, answer.message, answer.seconds)


def _evidence(target: Target, answer: InsideAnswer) -> Evidence:
    what = f"GET {answer.url} from inside the network"
    return target.ports.masker.evidence(what, answer.status, answer.message, target.ports.clock.now(), answer.seconds)


PROBE = Probe(keys=(INSIDE,), gather=gather, timeout=30.0)
