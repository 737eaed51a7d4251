"""A variable and the engine's resolver for a ``proxy_pass`` to a service, so that nginx looks its address up again.

``proxy_pass http://name:port;`` without a path passes the request's own path, with a variable as well
(https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass); with a path it does not, and is left alone. The
default ``proxy_redirect`` knows no variables, so what it stands for is written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from flawless.mending.case import Case, Fixer, LeftAloneError
from flawless.mending.source import Source
from flawless.model.fix import Edit, Fix
from flawless.model.keys import PROXY_CONFIG
from flawless.model.nginx import Directive
from flawless.model.stack import Origin

_PASS = re.compile(r"(?P<margin>\s*)proxy_pass\s+(?P<url>https?://(?P<host>[\w.-]+(?::\d+)?));\s*(?:#.*)?")


def mend(case: Case) -> Fix:
    """All lines of one file that pass to a service by a fixed name; those of other files come with the next run."""
    config = case.view.find(PROXY_CONFIG)
    if config is None or case.service.network_mode:
        raise LeftAloneError("its configuration cannot be read, or it is on no network with the engine's resolver")
    places = [finding.location for finding in case.findings if finding.location]
    source = case.source(places[0].file)
    edits = [edit for at in places if at.file == source.file for edit in _edits(source, at, config.root)]
    if not edits:
        raise LeftAloneError(f"{places[0]} is no plain proxy_pass to a name; an upstream's server takes `resolve`")
    return case.fix(source.file, f"upstreams of {case.service.name} are looked up again", *edits)


def _edits(source: Source, at: Origin, root: Directive) -> Iterator[Edit]:
    found = _PASS.fullmatch(source.line(at.line))
    around = _around(root, at)
    if not found or not around or around[-1].name != "location":
        return
    name = "$upstream_" + re.sub(r"\W", "_", found["host"])
    margin, url = found["margin"], found["url"]
    lines = [] if _in_force("resolver", around) else [f"{margin}resolver 127.0.0.11 valid=10s;"]
    lines.append(f"{margin}set {name} {url};")
    if not _in_force("proxy_redirect", around):
        lines.append(f"{margin}proxy_redirect {url}/ /;")
    yield source.before(at.line, lines)
    yield Edit(at.line, found.start("url") + 1, name, len(url))


def _around(directive: Directive, at: Origin) -> tuple[Directive, ...]:
    """The blocks around the proxy_pass of that place, the outermost first."""
    for child in directive.block:
        if child.name == "proxy_pass" and child.origin == at:
            return (directive,)
        if inner := _around(child, at):
            return (directive, *inner)
    return ()


def _in_force(name: str, around: tuple[Directive, ...]) -> bool:
    return any(block.children(name) for block in around)


FIXER = Fixer("upstream-resolved-once", mend)
