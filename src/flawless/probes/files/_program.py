"""What source text gives away of a program: ports, WebSocket routes, cross-origin rules. Text in, lines out. Pure.

Only literals count: a call that is put together at run time says nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from flawless.model.observed_files import SourceLine
from flawless.model.stack import Origin

SUFFIXES = frozenset({".py", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".rs", ".go", ".rb"})

_READS_PORT = re.compile(
    r"process\.env\.PORT\b|process\.env\[['\"]PORT['\"]\]|env::var(?:_os)?\(\s*\"PORT\"|environ(?:\.get\(|\[)\s*['\"]PORT['\"]"
    r"|[gG]etenv\(\s*['\"]PORT['\"]|ENV(?:\.fetch\(|\[)\s*['\"]PORT['\"]"
)
_DEFAULT_PORT = re.compile(
    r"process\.env\.PORT\s*(?:\|\||\?\?)\s*['\"]?(\d{2,5})\b|(?:environ\.get|getenv)\(\s*['\"]PORT['\"],\s*['\"]?(\d{2,5})"
    r"|env::var\(\s*\"PORT\"\s*\)[^;]{0,60}?unwrap_or\w*\(\s*(?:\|_\|\s*)?\"?(\d{2,5})"
)
_LISTENS = re.compile(
    r"\.listen\(\s*(\d{2,5})\s*[,)]|\b(?:uvicorn|app)\.run\([^)]{0,200}?\bport\s*=\s*(\d{2,5})"
    r"|\bbind\(\s*\(?\s*\"[\d.]+\"?(?::|,\s*)(\d{2,5})|ListenAndServe\(\s*\"[\d.]*:(\d{2,5})\""
)
_WORKED_OUT = re.compile(
    r"\.listen\(\s*[A-Za-z_{]|\b(?:uvicorn|app)\.run\([^)]{0,200}?\bport\s*=\s*[A-Za-z_]|\bbind\(\s*&?[a-z]"
)
_SOCKETS = re.compile(
    r"@\w+\.websocket\(\s*['\"](?P<decorated>[^'\"]+)|WebSocketRoute\(\s*['\"](?P<starlette>[^'\"]+)"
    r"|\bapp\.ws\(\s*['\"](?P<express>[^'\"]+)|\.route\(\s*\"(?P<rust>[^\"]*\bws\b[^\"]*)\""
    r"|@sock\.route\(\s*['\"](?P<flask>[^'\"]+)|new WebSocket\.Server\(|@WebSocketGateway\("
    r"|new WebSocketServer\((?:\s*\{[^}]{0,200}?path:\s*['\"](?P<server>[^'\"]+))?"
    r"|(?:require\(|from )['\"](?P<io>socket\.io)['\"]|websocket\.Upgrader\{|\bWebSocketUpgrade\b"
    r"|\bws::start\(|\bactix_ws::handle\("
)
# What every match of the patterns above holds: most files hold none of it, and need no closer look.
_LISTENING = (".listen(", ".run(", "bind(", "ListenAndServe(")
_OF_SOCKETS = (
    *(".websocket(", "WebSocketRoute(", "app.ws(", ".route(", "new WebSocket", "@WebSocketGateway(", "socket.io"),
    *("websocket.Upgrader{", "WebSocketUpgrade", "ws::start(", "actix_ws::handle("),
)
_IO_PATH = "/socket.io/"
_CALL = 600  # characters that one call of a cross-origin rule is given
_RULES: tuple[tuple[re.Pattern[str], Callable[[str], bool], str], ...] = (
    (
        re.compile(r"\bCORSMiddleware\b\s*,"),
        lambda call: _has(call, r"allow_origins\s*=\s*\[\s*['\"]\*['\"]|allow_origin_regex\s*=\s*r?['\"]\.\*['\"]"),
        r"allow_credentials\s*=\s*True",
    ),
    (
        re.compile(r"(?<![\w.])CORS\("),
        lambda call: not _has(call, "origins") or _has(call, r"origins\s*=\s*(?:\[\s*)?['\"]\*['\"]"),
        r"supports_credentials\s*=\s*True",
    ),
    (
        re.compile(r"\bcors\(\s*\{"),
        lambda call: _has(call, r"origin:\s*(?:true\b|['\"]\*['\"])"),
        r"credentials:\s*true\b",
    ),
    (re.compile(r"\bCors::permissive\(\)"), lambda call: True, r"permissive"),
    (
        re.compile(r"\bCors::default\(\)"),
        lambda call: _has(call, r"allow_any_origin\(\)|allowed_origin_fn\(\s*\|[^|]*\|\s*true"),
        r"supports_credentials\(\)",
    ),
    (re.compile(r"\bCorsLayer::very_permissive\(\)"), lambda call: True, r"very_permissive"),
    (
        re.compile(r"\bCorsLayer::new\(\)"),
        lambda call: _has(call, r"mirror_request\(\)"),
        r"allow_credentials\(\s*true\s*\)",
    ),
    (
        re.compile(r"\bcors\.Config\{"),
        lambda call: _has(call, r"AllowAllOrigins:\s*true|AllowOrigins:\s*\[\]string\{\s*\"\*\""),
        r"AllowCredentials:\s*true",
    ),
)


def _has(text: str, pattern: str) -> bool:
    return bool(re.search(pattern, text))


def _holds(text: str, words: Iterable[str]) -> bool:
    return any(word in text for word in words)


def reads_port(text: str) -> bool:
    """Whether the source takes its port from the variable PORT."""
    return "PORT" in text and any(_live(text, found) for found in _READS_PORT.finditer(text))


def default_port(text: str) -> str:
    """The port that the source takes when PORT is not set; "" when it does not tell."""
    found = _DEFAULT_PORT.search(text) if "PORT" in text else None
    return next(filter(None, found.groups()), "") if found else ""


def listens_elsewhere(text: str) -> bool:
    """Whether the source also listens on a port that it works out."""
    return _holds(text, _LISTENING) and any(_live(text, found) for found in _WORKED_OUT.finditer(text))


def listens(text: str, file: str) -> Iterator[SourceLine]:
    """Ports that are written as numbers where the program begins to listen."""
    for found in _LISTENS.finditer(text) if _holds(text, _LISTENING) else ():
        if _live(text, found):
            yield SourceLine(next(filter(None, found.groups())), _origin(text, found, file))


def websockets(text: str, file: str) -> Iterator[SourceLine]:
    """WebSocket routes of a server; a browser's ``new WebSocket(url)`` is none."""
    for found in _SOCKETS.finditer(text) if _holds(text, _OF_SOCKETS) else ():
        if _live(text, found):
            path = _IO_PATH if found["io"] else next(filter(None, found.groups()), "")
            yield SourceLine(path, _origin(text, found, file))


def cors(text: str, file: str) -> Iterator[tuple[bool, bool, SourceLine]]:
    """Each cross-origin rule: whether it lets every origin in, whether it allows credentials, and the line."""
    if "cors" not in text.lower():
        return
    for opening, everybody, credentials in _RULES:
        for found in opening.finditer(text):
            call = _call(text[found.start() : found.start() + _CALL])
            if _live(text, found):
                line = SourceLine(found[0].strip(" ({,"), _origin(text, found, file))
                yield everybody(call), _has(call, credentials), line


def _call(text: str) -> str:
    """The text up to where its call ends: a closing bracket too many, a semicolon, or an empty line."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if depth < 0 or char == ";" or text.startswith("\n\n", place):
            return text[:place]
    return text


def _live(text: str, found: re.Match[str]) -> bool:
    """Whether a match stands in no comment line."""
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].lstrip()
    return not line.startswith(("//", "#", "*", "/*"))


def _origin(text: str, found: re.Match[str], file: str) -> Origin:
    return Origin(file, text.count("\n", 0, found.start()) + 1)
