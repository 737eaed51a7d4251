"""What source text gives away of a program: one line for each way to write it."""

from __future__ import annotations

import pytest

from flawless.probes.files._program import listens, listens_elsewhere, websockets

SOCKETS = {
    "@app.websocket('/live')": "/live",
    'WebSocketRoute("/live", live)': "/live",
    "app.ws('/live', live)": "/live",
    '.route("/api/ws", get(live))': "/api/ws",
    "@sock.route('/live')": "/live",
    "new WebSocket.Server({ port: 1 })": "",
    "@WebSocketGateway()": "",
    "new WebSocketServer({ server, path: '/live' })": "/live",
    "const { Server } = require('socket.io')": "/socket.io/",
    "var upgrader = websocket.Upgrader{}": "",
    "async fn live(ws: WebSocketUpgrade)": "",
    "ws::start(Live {}, &request, stream)": "",
    "actix_ws::handle(&request, stream)": "",
}
PORTS = ("server.listen(3000)", "uvicorn.run(app, port=3000)", '.bind("0.0.0.0:3000")', 'ListenAndServe(":3000", nil)')
WORKED_OUT = ("server.listen(port)", "app.run(host=HOST, port=PORT)", ".bind(&address)")


@pytest.mark.parametrize("line", SOCKETS)
def test_a_route_of_a_websocket_is_found(line: str) -> None:
    assert [found.text for found in websockets(f"\n{line}\n", "a")] == [SOCKETS[line]]


@pytest.mark.parametrize("line", PORTS)
def test_a_port_that_is_written_down_is_found_with_its_line(line: str) -> None:
    assert [(found.text, found.origin.line) for found in listens(f"\n{line}\n", "a")] == [("3000", 2)]
    assert not listens_elsewhere(line)


@pytest.mark.parametrize("line", WORKED_OUT)
def test_a_port_that_is_worked_out_is_noticed_and_not_taken_for_a_number(line: str) -> None:
    assert listens_elsewhere(line)
    assert list(listens(line, "a")) == []


@pytest.mark.parametrize("line", ["const s = new WebSocket(url)", "rows = news", "# app.listen(3000)", ""])
def test_what_serves_nothing_is_not_taken_for_a_server(line: str) -> None:
    assert list(websockets(line, "a")) == []
    assert list(listens(line, "a")) == []
