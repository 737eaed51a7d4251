"""A small shop over HTTP, right in everything unless a fault is switched on by its name. A process needs no container.

It logs in with a JSON Web Token, keeps orders in SQLite and an audit log in memory, and describes itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KEY = "a signing key of the test, long enough for anybody"
PASSWORDS = {"admin": "correct horse battery", "viewer": "staple for reading"}
REAL = "https://shop.example.org"
FAULTS = (
    "5xx", "undescribed", "open", "any-token", "no-role", "alg-none", "common-key", "unsigned", "no-expiry",
    "no-audience", "deep", "untyped", "nul", "sql-error", "sql-boolean", "sql-time", "sql-login", "xss", "xss-sniffed",
    "no-audit-login", "no-audit-change", "cors", "cors-null", "cors-closed", "no-limit", "limit-by-header",
    "no-upgrade",
)  # fmt: skip

_LIMIT = 30
_FAILURES = 5
_STRING = {"type": "string"}
_ORDER = {
    "type": "object",
    "required": ["name", "amount"],
    "properties": {"name": {"type": "string", "maxLength": 80}, "amount": {"type": "integer", "minimum": 1}},
}
_LOGIN = {
    "type": "object",
    "required": ["username", "password"],
    "properties": {"username": _STRING, "password": _STRING},
}


def _described(body: Any = None, parameters: Any = (), *answers: str, public: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"responses": {answer: {} for answer in answers or ("200", "401", "422")}}
    found["parameters"] = list(parameters)
    if body:
        found["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return {**found, "security": []} if public else found


def _query(name: str, kind: str = "string") -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": kind}}


DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/health": {"get": _described(public=True)},
        "/search": {"get": _described(None, [_query("q")], public=True)},
        "/api/login": {"post": _described({"$ref": "#/components/schemas/Login"}, public=True)},
        "/api/orders": {
            "get": _described(None, [_query("q"), _query("limit", "integer")]),
            "post": _described(_ORDER, (), "201", "400", "401", "422"),
        },
        "/api/orders/{id}": {
            "get": _described(None, [{"name": "id", "in": "path", "schema": {"type": "integer"}}], "200", "404", "422")
        },
        "/api/audit": {"get": _described()},
        "/api/users": {"get": _described(None, (), "200", "403")},
    },
    "components": {"schemas": {"Login": _LOGIN}},
}


class Answer(Exception):  # noqa: N818 (an answer, no error)
    """Ends a request."""

    def __init__(self, status: int, body: Any = None, media: str = "application/json", **headers: str) -> None:
        self.status, self.body, self.media, self.headers = status, body, media, headers


class Shop:
    """The state of one shop, and its faults."""

    def __init__(self, faults: set[str], *, documented: bool = True) -> None:
        assert faults <= set(FAULTS), faults - set(FAULTS)
        self.faults, self.documented = faults, documented
        self.lock = threading.Lock()
        self.audit: list[str] = []
        self.counts: dict[str, int] = {}
        self.failures: dict[str, int] = {}
        self.requests: list[str] = []
        self.database = sqlite3.connect(":memory:", check_same_thread=False)
        self.database.create_function("pg_sleep", 1, slept)
        self.database.execute("create table orders (id integer primary key, name text, amount integer)")
        self.database.executemany("insert into orders (name, amount) values (?, 1)", [("flawless",), ("tea",)])

    def token(self, user: str) -> str:
        """A genuine token."""
        now = int(time.time())
        claims = {"sub": user, "role": user, "aud": "shop", "iat": now, "exp": now + 600}
        return jwt({"alg": "HS256", "typ": "JWT"}, claims, KEY)


def slept(seconds: float) -> str:
    """PostgreSQL's pause."""
    time.sleep(float(seconds))
    return ""


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt(header: dict[str, Any], claims: dict[str, Any], key: str) -> str:
    """A signed token, made apart from the code under test."""
    text = f"{_text(json.dumps(header).encode())}.{_text(json.dumps(claims).encode())}"
    return f"{text}.{_text(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest())}"


class Handler(BaseHTTPRequestHandler):
    """Answers for the shop of its server."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece: two wait for each other's acknowledgement
    shop: Shop

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""

    def _any(self) -> None:
        self.shop.requests.append(f"{self.command} {self.path}")
        size = int(self.headers.get("content-length") or 0)
        raw = self.rfile.read(size)
        parts = urlsplit(self.path)
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape"))
        try:
            with self.shop.lock:
                self._route(parts.path, raw)
        except Answer as answer:
            self._send(answer)
        except Exception as error:  # the shop's own fault is an answer too
            self._send(Answer(500, {"error": str(error)}))

    do_GET = do_POST = do_OPTIONS = _any  # noqa: N815  (the names are the standard library's)

    def has(self, fault: str) -> bool:
        return fault in self.shop.faults

    def _send(self, answer: Answer) -> None:
        is_text = isinstance(answer.body, str)
        body = answer.body.encode(errors="replace") if is_text else json.dumps(answer.body).encode()
        body = b"" if answer.status in (101, 204) else body
        self.send_response(answer.status)
        for name, value in {**self._cors(), **answer.headers}.items():
            self.send_header(name.replace("_", "-"), value)
        if answer.media:
            self.send_header("Content-Type", answer.media)
        if not self.has("xss-sniffed"):
            self.send_header("X-Content-Type-Options", "nosniff")
        if answer.status != 101:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _cors(self) -> dict[str, str]:
        origin = self.headers.get("origin", "")
        allowed = origin == REAL and not self.has("cors-closed")
        if origin and (allowed or self.has("cors") or (self.has("cors-null") and origin == "null")):
            return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
        return {}

    def _route(self, path: str, raw: bytes) -> None:
        routes: dict[tuple[str, str], Callable[[bytes], None]] = {
            ("GET", "/openapi.json"): self._document,
            ("GET", "/health"): lambda _: self._say({"status": "ok"}),
            ("GET", "/search"): self._search,
            ("GET", "/ws"): self._upgrade,
            ("POST", "/api/login"): self._login,
            ("GET", "/api/orders"): self._orders,
            ("POST", "/api/orders"): self._order,
            ("GET", "/api/audit"): self._audit,
            ("GET", "/api/users"): self._users,
        }
        if self.command == "OPTIONS":
            raise Answer(204)
        if (self.command, path) in routes:
            routes[self.command, path](raw)
        if found := re.fullmatch(r"/api/orders/([^/]+)", path):
            self._one(unquote(found[1]))
        raise Answer(404, f"<p>no {html.escape(unquote(path))} here</p>", "text/html")

    def _say(self, body: Any, status: int = 200) -> None:
        raise Answer(status, body)

    def _document(self, _: bytes) -> None:
        if self.shop.documented:
            self._say(DOCUMENT)
        raise Answer(404, {})

    def _search(self, _: bytes) -> None:
        asked = self.query.get("q", "")
        shown = asked if self.has("xss") or self.has("xss-sniffed") else html.escape(asked)
        raise Answer(200, f"<p>found nothing for {shown}</p>", "text/plain" if self.has("xss-sniffed") else "text/html")

    def _upgrade(self, _: bytes) -> None:
        if self.headers.get("upgrade") != "websocket" or self.has("no-upgrade"):
            raise Answer(404, {})
        raise Answer(101, Connection="Upgrade", Upgrade="websocket")

    def _login(self, raw: bytes) -> None:
        client = self.client_address[0]
        if self.has("limit-by-header"):
            client = self.headers.get("x-forwarded-for", client)
        self.shop.counts[client] = self.shop.counts.get(client, 0) + 1
        if self.shop.counts[client] > _LIMIT and not self.has("no-limit"):
            raise Answer(429, {}, Retry_After="60")
        body = self._json(raw, {"username": str, "password": str})
        user = body["username"]
        good = PASSWORDS.get(user) == body["password"]
        if self.has("sql-login"):
            query = f"select 1 where '{body['password']}' = 'never'"
            good |= bool(self.shop.database.execute(query).fetchall())
        if good or not self.has("no-audit-login"):
            self.shop.audit.append(f"{'login' if good else 'failed login'} of {user[:80]!r}")
        if not good:
            self._count_failure(user)
            raise Answer(401, {})
        self._say({"access_token": self.shop.token(user)})

    def _count_failure(self, user: str) -> None:
        """An account is locked after some failures."""
        failures = self.shop.failures[user] = self.shop.failures.get(user, 0) + 1
        if failures > _FAILURES and not self.has("no-limit") and not self.has("limit-by-header"):
            raise Answer(429, {}, Retry_After="900")

    def _user(self) -> str:
        """Whoever asks; 401 without a token that is good."""
        text = (self.headers.get("authorization") or "").removeprefix("Bearer ")
        if not text:
            raise Answer(401, {})
        if self.has("any-token"):
            return "admin"
        try:
            head, body, signature = text.split(".")
            header, claims = (json.loads(base64.urlsafe_b64decode(part + "===")) for part in (head, body))
        except ValueError:
            raise Answer(401, {}) from None
        keys = [KEY, *(["secret"] if self.has("common-key") else [])]
        made = [_text(hmac.new(key.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()) for key in keys]
        good = header.get("alg") == "HS256" and signature in made
        good |= self.has("alg-none") and header.get("alg") == "none"
        good |= self.has("unsigned")
        good &= claims.get("exp", 0) > time.time() or self.has("no-expiry")
        good &= claims.get("nbf", 0) <= time.time()
        good &= claims.get("aud") == "shop" or self.has("no-audience")
        if not good:
            raise Answer(401, {})
        return str(claims["sub"])

    def _json(self, raw: bytes, wanted: dict[str, type]) -> dict[str, Any]:
        try:
            body = json.loads(raw)
        except RecursionError:
            raise Answer(500 if self.has("deep") else 422, {}) from None
        except ValueError:
            raise Answer(422, {}) from None
        if not isinstance(body, dict):
            raise Answer(422, {})
        for name, kind in wanted.items():
            fits = type(body.get(name)) is kind
            if not (fits or self.has("untyped")):
                raise Answer(422, {})
            if "\x00" in str(body.get(name)):
                raise Answer(500 if self.has("nul") else 422, {})
            try:
                str(body.get(name)).encode()
            except UnicodeEncodeError:
                raise Answer(422, {}) from None
        return body

    def _orders(self, _: bytes) -> None:
        if not self.has("open"):
            self._user()
        if self.has("5xx") and not self.query:
            raise Answer(500, {"error": 'relation "orders" does not exist'})
        limit = self.query.get("limit", "10")
        if not re.fullmatch(r"[0-9]{1,3}", limit):
            raise Answer(422, {})
        asked = self.query.get("q", "flawless")
        if "\x00" in asked or any("\ud800" <= each <= "\udfff" for each in asked):
            raise Answer(422, {})
        self._say([{"id": row[0], "name": row[1]} for row in self._found(asked, int(limit))])

    def _found(self, asked: str, limit: int) -> list[Any]:
        database = self.shop.database
        if self.has("sql-error"):
            return database.execute(f"select id, name from orders where name = '{asked}'").fetchall()
        if self.has("sql-boolean") or self.has("sql-time"):
            asked = asked.replace("'' FROM pg_sleep", "pg_sleep")  # SQLite has no such functions after FROM
            try:
                found = database.execute(f"select id, name from orders where name = '{asked}'").fetchall()
            except (sqlite3.Error, sqlite3.Warning, ValueError):
                return []
            return found if self.has("sql-boolean") else []
        return database.execute("select id, name from orders where name = ? limit ?", (asked, limit)).fetchall()

    def _order(self, raw: bytes) -> None:
        user = self._user()
        body = self._json(raw, {"name": str, "amount": int})
        amount = body.get("amount")
        if isinstance(amount, int) and not 0 < amount < 1000 and not self.has("untyped"):
            raise Answer(422, {})
        if not self.has("no-audit-change"):
            self.shop.audit.append(f"order of {user}")
        raise Answer(200 if self.has("undescribed") else 201, {"name": str(body.get("name"))[:80]})

    def _one(self, number: str) -> None:
        self._user()
        if not number.isascii() or not number.isdigit():
            raise Answer(422, {})
        raise Answer(404, {})

    def _audit(self, _: bytes) -> None:
        self._user()
        self._say([{"entry": entry} for entry in reversed(self.shop.audit[-8:])])

    def _users(self, _: bytes) -> None:
        if self._user() != "admin" and not self.has("no-role"):
            raise Answer(403, {})
        self._say(list(PASSWORDS))


@contextmanager
def serving(*faults: str, documented: bool = True) -> Iterator[tuple[str, Shop]]:
    """The address of a shop with these faults, and the shop."""
    shop = Shop(set(faults), documented=documented)
    handler = type("Handler", (Handler,), {"shop": shop})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", shop
        server.shutdown()
