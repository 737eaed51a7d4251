"""Which log lines are of error class, and what they have in common."""

from __future__ import annotations

import pytest

from flawless.ports.mask import Masker
from flawless.probes.live._errors import MOST_TEMPLATES, OTHERS, ErrorShapes, error_text, scan, template

ERRORS = [
    '2026-11-23 15:00:00.000 UTC [42] ERROR:  relation "users" does not exist at character 15',
    '2026-11-23 15:00:00.000 UTC [42] FATAL:  password authentication failed for user "app"',
    "2026-11-23 15:00:00.000 UTC [1] PANIC:  could not locate a valid checkpoint record",
    "2026/11/23 15:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream",
    "2026/11/23 15:00:00 [crit] 7#7: *1 open() failed",
    'nginx: [emerg] host not found in upstream "backend" in /etc/nginx/nginx.conf:5',
    '{"level":"error","event":"database is gone"}',
    '{"severity":"CRITICAL","message":"out of disk"}',
    '{"level":50,"msg":"request failed"}',
    '{"level":"error","event":"slow","seconds":NaN}',
    'time="2026-11-23" level=fatal msg="cannot listen"',
    "ERROR:root:it broke",
    "2026-11-23T15:00:00Z ERROR backend::db: pool timed out",
    "2026-11-23 15:00:00 [error    ] it broke                     code=5",
    "thread 'main' panicked at src/main.rs:5:10:",
    "panic: runtime error: index out of range [3]",
    "TypeError: Cannot read properties of undefined",
    "Uncaught Error: listen EADDRINUSE",
    'Exception in thread "main" java.lang.NullPointerException',
    "java.lang.IllegalStateException: closed",
    "npm ERR! code ELIFECYCLE",
    "Error: connect ECONNREFUSED 172.18.0.3:5432",
    "\x1b[31mERROR\x1b[0m it broke",
]
FINE = [
    "2026-11-23 15:00:00.000 UTC [1] LOG:  database system is ready to accept connections",
    "2026-11-23 15:00:00.000 UTC [42] STATEMENT:  select 'ERROR' from t",
    '172.18.0.9 - - [23/Nov/2026:15:00:00 +0000] "GET /error HTTP/1.1" 404 12 "-" "curl"',
    "error_log is /var/log/nginx/error.log",
    "checked 120 rows, 0 errors",
    "finished without error",
    '{"level":"info","event":"retried after an error","error":null}',
    '{"level":30,"msg":"error count 0"}',
    'level=info msg="previous error cleared"',
    "2026-11-23T15:00:00Z  INFO backend: on error we retry",
    "2026-11-23T15:00:00Z  WARN backend: ERROR budget is low",
    "1:M 23 Nov 2026 15:00:00.000 # WARNING Memory overcommit must be enabled!",
    '[notice] 1#1: using the "epoll" event method',
    '{"level":' + "[" * 1900,
    "",
]


@pytest.mark.parametrize("line", ERRORS)
def test_a_line_of_error_class_is_found(line: str) -> None:
    assert scan([line], str).errors


@pytest.mark.parametrize("line", FINE)
def test_a_line_that_only_speaks_of_errors_is_not(line: str) -> None:
    assert error_text(line) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-11-23 15:00:00.123 UTC [42] ERROR:  timeout", "2026-11-24 16:01:02.999 UTC [7] ERROR:  timeout"),
        ("ERROR user 17 not found", "ERROR user 4711 not found"),
        ("ERROR job 3fa85f64-5717-4562-b3fc-2c963f66afa6 lost", "ERROR job 3fa85f64-0000-4562-b3fc-2c963f66afa6 lost"),
        ("ERROR object 0xdeadbeef leaked", "ERROR object 0x1 leaked"),
        ("ERROR commit 9f86d081884c7d65 missing", "ERROR commit 60303ae22b998861 missing"),
        ('ERROR no column "a"', 'ERROR no column "b"'),
        ("ERROR peer 10.0.0.1:5432 gone", "ERROR peer 10.0.0.25:6379 gone"),
    ],
)
def test_lines_of_one_shape_have_one_template(one: str, other: str) -> None:
    assert template(one) == template(other)


def test_lines_of_different_shape_have_different_templates() -> None:
    assert template("ERROR pool timed out") != template("ERROR disk is full")


def test_templates_are_counted_with_the_commonest_first() -> None:
    found = scan(["ERROR a 1", "ok", "ERROR b", "ERROR a 2"], str)
    assert found.lines == 4
    assert [(entry.template, entry.count, entry.example) for entry in found.errors] == [
        ("ERROR a <n>", 2, "ERROR a 1"),
        ("ERROR b", 1, "ERROR b"),
    ]


def test_a_python_traceback_is_one_error_told_by_its_last_line() -> None:
    lines = ["Traceback (most recent call last):", '  File "app.py", line 3, in f', "    x()", "KeyError: 'id'", "next"]
    assert [entry.example for entry in scan(lines, str).errors] == ["KeyError: 'id'"]


def test_a_json_error_is_told_by_its_message_and_cause() -> None:
    line = '{"level":"error","event":"login failed","error":"timeout","user":"a"}'
    assert error_text(line) == "login failed: timeout"


def test_no_secret_is_in_a_template_or_example() -> None:
    found = scan(["ERROR cannot log in with hunter2hunter2"], Masker(["hunter2hunter2"]).mask)
    assert "hunter2" not in str(found)
    assert found.errors


def test_many_shapes_are_bounded_and_still_counted() -> None:
    words = [chr(97 + one) + chr(97 + two) for one in range(10) for two in range(10)]
    found = scan([f"ERROR {word}" for word in words], str)
    assert len(found.errors) == MOST_TEMPLATES + 1
    assert found.errors[-1].template == OTHERS
    assert sum(entry.count for entry in found.errors) == len(words)


def test_a_huge_line_is_cut() -> None:
    assert len(scan(["ERROR " + "x" * 1_000_000], str).errors[0].example) <= 300


def test_lines_that_come_one_by_one_are_gathered_without_those_that_are_known() -> None:
    shapes = ErrorShapes(str, {"ERROR pool <n> timed out"})
    for line in [
        "ERROR pool 1 timed out",
        "Traceback (most recent call last):",
        '  File "a.py"',
        "KeyError: 'x'",
        "fine",
    ]:
        shapes.add(line)
    found = shapes.found()
    assert (found.lines, [error.template for error in found.errors]) == (5, ["KeyError: <text>"])


def test_known_shapes_take_no_room_from_new_ones() -> None:
    known = {template(f"ERROR {'x' * n}") for n in range(1, 200)}
    shapes = ErrorShapes(str, known)
    for line in [f"ERROR {'x' * n}" for n in range(1, 200)] + ["ERROR new"]:
        shapes.add(line)
    assert [error.template for error in shapes.found().errors] == ["ERROR new"]


def test_shapes_without_end_are_held_in_bounds() -> None:
    shapes = ErrorShapes(str)
    for number in range(3_000):
        shapes.add(f"ERROR {'y' * (number % 50)}y {'z' * (number // 50)}z")
    errors = shapes.found().errors
    assert (len(errors), errors[-1].template) == (MOST_TEMPLATES + 1, OTHERS)
    assert sum(error.count for error in errors) == 3_000
