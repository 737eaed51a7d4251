"""An answer is whole or it is none; what can be held is found in what is known of the application."""

from __future__ import annotations

import pytest

from flawless.app.rehearsing.in_flight import status_of

HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (HEAD + b"Content-Length: 2\r\n\r\n{}", 201),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 201),
        (HEAD + b"Connection: close\r\n\r\n{}", 201),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (HEAD + b"Content-Length: 9\r\n\r\n{}", 0),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{", 0),
        (b"HTTP/1.1 2", 0),
        (b"not HTTP at all", 0),
        (b"", 0),
    ],
)
def test_only_a_whole_answer_has_a_status(answer: bytes, status: int) -> None:
    assert status_of(answer) == status
