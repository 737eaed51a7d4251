"""On which ports a service listens, joined from everything that says so: nginx, PORT, the command, EXPOSE, Compose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from flawless.model.check import View
from flawless.model.keys import PROGRAMS, PROXIES
from flawless.model.nginx import NginxConfig
from flawless.model.observed_files import Program
from flawless.model.stack import Service

_PORT = re.compile(r"^(?:.*:)?(\d+)$")


class Listening(Struct, frozen=True):
    """Ports of a service: ``certain`` ones are all on which it listens; ``declared`` ones are only announced.

    ``why`` says for messages what makes them certain.
    """

    certain: frozenset[int]
    declared: frozenset[int]
    why: str = ""

    @property
    def ports(self) -> frozenset[int]:
        """The best that is known; empty when nothing is."""
        return self.certain or self.declared


def program_of(view: View, service: Service) -> Program | None:
    """What the files say of a service's program; None for an image from elsewhere."""
    return next((each for each in view.get(PROGRAMS) if each.service == service.name), None)


def listening(view: View, service: Service) -> Listening:
    """The ports of a service; the view must hold PROGRAMS and PROXIES."""
    config = next((each.config for each in view.get(PROXIES) if each.service == service.name), None)
    program = program_of(view, service)
    certain = list(_certain(service, program, config))
    announced = {*service.expose, *(port.target for port in service.ports), *(program.exposed if program else ())}
    said = service.variable("PORT")
    announced.update(_numbers([said.value] if said else []))
    return Listening(
        frozenset(port for port, _ in certain),
        frozenset(announced),
        ", ".join(dict.fromkeys(why for _, why in certain)),
    )


def _certain(service: Service, program: Program | None, config: NginxConfig | None) -> Iterator[tuple[int, str]]:
    for server in config.servers() if config else ():
        listens = server.children("listen")
        for listen in listens:
            yield from ((port, str(listen.origin)) for port in _numbers(listen.args[:1]))
        if not listens:
            yield 80, str(server.origin)
    if program is None:
        return
    for line in program.listens:
        yield int(line.text), str(line.origin)
    own = service.variable("PORT")
    value, where = (own.value, f" ({own.origin})") if own else (program.port, "")
    if program.reads_port:
        yield from ((port, f"PORT={port}{where}") for port in _numbers([value]))


def _numbers(texts: Iterable[str]) -> Iterator[int]:
    """Port numbers of texts such as ``8080`` and ``127.0.0.1:8080``; an address alone means 80 to nginx."""
    for text in texts:
        if found := _PORT.match(text):
            yield int(found[1])
        elif text and not text.startswith("unix:") and "$" not in text:
            yield 80
