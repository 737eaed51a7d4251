"""Reading an nginx configuration as the container would, include by include, each directive with its line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from flawless.model.nginx import Directive, NginxConfig, NginxProblem
from flawless.model.stack import Origin
from flawless.ports.bundle import Target
from flawless.probes.files._container import ContainerFiles
from flawless.probes.files._shared import UnseenError, read_text, shown
from flawless.templates import template_line

_TEMPLATE = re.compile(r"\$\{[A-Z][A-Z0-9_]*\}")
_MOST_DEPTH = 20
# Directives that nginx takes once in a block: a second one keeps it from starting.
_ONCE = frozenset(
    {"user", "pid", "worker_processes", "worker_connections", "root", "default_type", "charset", "sendfile", "gzip"}
    | {"server_tokens", "client_max_body_size", "keepalive_timeout", "resolver", "resolver_timeout", "proxy_pass"}
    | {"proxy_http_version", "proxy_read_timeout", "proxy_send_timeout", "proxy_connect_timeout", "proxy_buffering"}
    | {"proxy_next_upstream", "proxy_request_buffering", "ssl_protocols", "ssl_ciphers"}
    | {"ssl_prefer_server_ciphers", "ssl_session_cache", "ssl_session_timeout", "ssl_session_tickets", "ssl_stapling"}
    | {
        "limit_req_status",
        "client_body_timeout",
        "client_header_timeout",
        "send_timeout",
        "large_client_header_buffers",
    }
)


class Reader:
    """Reads one configuration; ``files`` and ``problems`` grow while it does."""

    def __init__(self, target: Target, container: ContainerFiles, main: str) -> None:
        self._target = target
        self._container = container
        self._folder = posixpath.dirname(main)
        self.files: list[str] = []
        self.problems: list[NginxProblem] = []

    def read(self, inside: str, context: tuple[str, ...] = (), depth: int = 0) -> tuple[Directive, ...]:
        """The directives of one file of the container, its includes in their places."""
        host = self._container.host(inside)
        if host is None or depth > _MOST_DEPTH:
            return ()
        name = shown(self._target, host)
        text = read_text(self._target, host)
        if name.endswith(".template") or _TEMPLATE.search(text) or template_line(text):
            raise UnseenError(
                f"{name} is a template that is filled in when the container starts",
                remedy="mount the finished configuration, or look at the running proxy with `flawless verify`",
            )
        self.files.append(name)
        statements, problems = parsed(text, name)
        self.problems += problems
        return tuple(self._directives(statements, name, context, depth))

    def _directives(
        self, statements: Sequence[dict[str, Any]], file: str, context: tuple[str, ...], depth: int
    ) -> Iterator[Directive]:
        for statement in statements:
            origin = Origin(file, statement["line"])
            self._check(statement, origin, context)
            if statement["directive"] == "include" and statement["args"]:
                yield from self._included(statement["args"][0], origin, context, depth)
                continue
            inner = _enter(statement, context)
            block = tuple(self._directives(statement.get("block") or [], file, inner, depth))
            yield Directive(statement["directive"], tuple(statement["args"]), origin, block)

    def _included(self, pattern: str, origin: Origin, context: tuple[str, ...], depth: int) -> Iterator[Directive]:
        path = posixpath.normpath(posixpath.join(self._folder, pattern))
        if any(char in path for char in "*?["):
            for each in self._container.glob(path):
                yield from self.read(each, context, depth + 1)
        elif self._container.host(path) is not None:
            if depth >= _MOST_DEPTH:
                self.problems.append(NginxProblem(f"{pattern} includes itself", origin))
            yield from self.read(path, context, depth + 1)
        elif self._container.decided(path):
            self.problems.append(NginxProblem(f"the included file {path} does not exist", origin))

    def _check(self, statement: dict[str, Any], origin: Origin, context: tuple[str, ...]) -> None:
        """What the parser's tables say against a directive in this place; unknown directives are let pass."""
        from crossplane.analyzer import analyze
        from crossplane.errors import NgxParserDirectiveError

        end = "{" if "block" in statement else ";"
        try:
            analyze(fname=origin.file, stmt=statement, term=end, ctx=context, strict=False)
        except NgxParserDirectiveError as error:
            self.problems.append(NginxProblem(str(error.strerror), origin))


def _enter(statement: dict[str, Any], context: tuple[str, ...]) -> tuple[str, ...]:
    from crossplane.analyzer import enter_block_ctx

    return tuple(enter_block_ctx(statement, context)) if "block" in statement else context


@lru_cache(maxsize=64)
def parsed(text: str, file: str) -> tuple[Sequence[dict[str, Any]], tuple[NginxProblem, ...]]:
    """The statements of a text, includes left alone, and its faults of form; several probes need them."""
    from crossplane import parse_string

    try:
        payload = parse_string(text, filename=file, single=True, strict=False, check_ctx=False)
    except Exception as error:  # the parser raises its own errors and, on garbage, Python's
        return (), (NginxProblem(f"it cannot be read: {error}", Origin(file)),)
    return payload["config"][0]["parsed"], tuple(_fault(each, file) for each in payload["errors"])


def _fault(fault: dict[str, Any], file: str) -> NginxProblem:
    message = re.sub(r" in \S+:\d+$", "", str(fault["error"]))
    return NginxProblem(message, Origin(file, fault["line"] or 0))


def read_config(target: Target, container: ContainerFiles, main: str, extra: str, origin: Origin) -> NginxConfig | None:
    """The configuration that starts at ``main``; else the files that the official image's own one would include.

    ``extra`` is that pattern, ``origin`` where such files are brought in. None when neither is on this machine.
    """
    reader = Reader(target, container, main)
    if container.host(main):
        block = reader.read(main)
        root = Directive("", (), Origin(reader.files[0]), block)
        return NginxConfig(root, tuple(reader.files), (*reader.problems, *_doubled(root)))
    inside = tuple(each for path in container.glob(extra) for each in reader.read(path, ("http",)))
    if not reader.files:
        return None
    root = Directive("", (), origin, (Directive("http", (), origin, inside),))
    return NginxConfig(root, tuple(reader.files), (*reader.problems, *_doubled(root)))


def _doubled(block: Directive) -> Iterator[NginxProblem]:
    """What stands twice in one block and may not: single directives, and locations of one pattern."""
    seen: dict[tuple[str, ...], Directive] = {}
    for child in block.block:
        name = (child.name,) if child.name in _ONCE else (child.name, *child.args) if child.name == "location" else ()
        if name and name in seen:
            first = seen[name].origin
            yield NginxProblem(f'"{" ".join(name)}" is there twice, first in {first}', child.origin)
        elif name:
            seen[name] = child
        yield from _doubled(child)
