"""Receivers: a webhook gets the JSON, apprise the text, and no part of an address but its host is ever named."""

from __future__ import annotations

import asyncio
import builtins
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from flawless.errors import UsageError
from flawless.model.alerts import Alert
from flawless.ports.http import Http
from flawless.ports.notify import Receiver, receivers
from flawless.ports.realhttp import RealHttp
from flawless.report.notice import payload, text, title

ALERT = Alert(key="service", subject="web", said="exited with 1", do="flawless diagnose web", raised=100.0)
OVER = Alert(key="memory", subject="web-1", said="10 of 64 MB", do="flawless top", raised=10.0, cleared=100.0)
SECRET = "T0ken5ecret"


class Listener:
    """A server that keeps what it was sent and answers with ``status``."""

    def __init__(self) -> None:
        self.status = 204
        self.got: list[tuple[str, bytes]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                listener.got.append((self.path, body))
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing to standard error."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.close = self._server.shutdown
        Thread(target=self._server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.close()


@pytest.fixture
def http() -> Http:
    return RealHttp()


def told(receiver: Receiver) -> str:
    alerts = (ALERT, OVER)
    return asyncio.run(receiver.tell(title("shop", alerts), text(alerts), payload("shop", alerts)))


def test_a_webhook_gets_what_was_raised_and_what_is_over(listener: Listener, http: Http) -> None:
    (receiver,) = receivers([f"http://127.0.0.1:{listener.port}/hook/{SECRET}"], http)
    assert told(receiver) == ""
    ((path, body),) = listener.got
    assert path == f"/hook/{SECRET}"
    notice = json.loads(body)
    assert notice["title"] == "shop: 1 alert, 1 over"
    assert [alert["subject"] for alert in notice["raised"]] == ["web"]
    assert [alert["subject"] for alert in notice["cleared"]] == ["web-1"]


def test_a_webhook_that_refuses_or_is_away_is_named_without_its_secret(listener: Listener, http: Http) -> None:
    (receiver,) = receivers([f"http://127.0.0.1:{listener.port}/hook/{SECRET}"], http)
    listener.status = 500
    assert told(receiver) == "http://127.0.0.1 answered 500"
    (away,) = receivers([f"http://user:{SECRET}@127.0.0.1:1/{SECRET}"], http)
    why = told(away)
    assert why.startswith("http://127.0.0.1")
    assert SECRET not in why + away.name


def test_apprise_takes_the_text(listener: Listener, http: Http) -> None:
    (receiver,) = receivers([f"json://user:{SECRET}@127.0.0.1:{listener.port}/{SECRET}"], http)
    assert told(receiver) == ""
    sent = json.loads(listener.got[0][1])
    assert sent["title"] == "shop: 1 alert, 1 over"
    assert "service of web: exited with 1" in sent["message"]
    assert receiver.name == "json:"
    listener.status = 500
    assert told(receiver) == "json: did not take it"


def test_an_address_that_nobody_understands_is_refused_without_its_secret(http: Http) -> None:
    with pytest.raises(UsageError, match="beginning with carrier-pigeon: is not understood") as refused:
        receivers([f"carrier-pigeon://{SECRET}"], http)
    assert SECRET not in str(refused.value)


def test_without_apprise_it_is_said_how_to_get_it(http: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: object) -> object:
        if name == "apprise":
            raise ImportError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match="apprise is not installed") as refused:
        receivers([f"slack://{SECRET}"], http)
    assert SECRET not in str(refused.value)
    assert "flawless[notify]" in refused.value.remedy
