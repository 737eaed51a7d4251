from typing import Any

import pytest

PROBLEM = "application/problem+json"
GOOD = {"service": "backend", "revision": "abc123", "environment": "production"}


def test_version_names_the_revision_of_the_build(client: Any) -> None:
    assert client.get("/version").json() == {"service": "backend", "version": "0.1.0", "revision": "abc123"}


def test_stores_are_opened_and_closed_with_the_application(client: Any, database: Any, cache: Any) -> None:
    assert database.opened
    assert not database.closed
    client.__exit__()
    assert database.closed
    assert cache.closed


def test_ready_when_both_stores_answer(client: Any) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize(
    ("database_up", "cache_up", "failing"),
    [(False, True, ["postgres"]), (True, False, ["redis"]), (False, False, ["postgres", "redis"])],
)
def test_not_ready_names_what_is_down_and_the_process_stays_alive(
    client: Any, database: Any, cache: Any, database_up: bool, cache_up: bool, failing: list[str]
) -> None:
    database.up, cache.up = database_up, cache_up
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["failing"] == failing
    assert client.get("/health").status_code == 200


def test_a_recorded_deployment_is_listed(client: Any) -> None:
    made = client.post("/api/deployments", json=GOOD)
    assert made.status_code == 201
    listed = client.get("/api/deployments").json()
    assert listed == {"items": [made.json()], "total": 1}


def test_the_list_is_newest_first_and_can_be_paged(client: Any) -> None:
    for number in range(5):
        client.post("/api/deployments", json=GOOD | {"revision": f"r{number}"})
    first = client.get("/api/deployments", params={"limit": 2}).json()
    assert [item["revision"] for item in first["items"]] == ["r4", "r3"]
    then = client.get("/api/deployments", params={"limit": 2, "before": first["items"][-1]["id"]}).json()
    assert [item["revision"] for item in then["items"]] == ["r2", "r1"]


def test_the_total_is_cached_until_something_is_recorded(client: Any, database: Any) -> None:
    client.get("/api/deployments")
    client.get("/api/deployments")
    assert database.counted == 1
    client.post("/api/deployments", json=GOOD)
    assert client.get("/api/deployments").json()["total"] == 1
    assert database.counted == 2


def test_a_list_survives_the_loss_of_the_cache(client: Any, cache: Any) -> None:
    cache.up = False
    assert client.get("/api/deployments").status_code == 200


def test_without_its_database_the_api_says_so_but_not_what_it_is(client: Any, database: Any) -> None:
    database.up = False
    for answer in (client.get("/api/deployments"), client.post("/api/deployments", json=GOOD)):
        assert answer.status_code == 503
        assert answer.headers["content-type"] == PROBLEM
        assert "postgres" not in answer.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"service": ""}, "body.service"),
        ({"service": "Back End"}, "body.service"),
        ({"service": "a" * 64}, "body.service"),
        ({"service": "backend\n"}, "body.service"),
        ({"service": 1}, "body.service"),
        ({"service": None}, "body.service"),
        ({"revision": "<script>"}, "body.revision"),
        ({"revision": "a'; drop table deployments; --"}, "body.revision"),
        ({"revision": "\x00"}, "body.revision"),
        ({"environment": "moon"}, "body.environment"),
        ({"extra": True}, "body.extra"),
    ],
)
def test_a_wrong_field_is_refused_by_name(client: Any, database: Any, change: dict[str, Any], field: str) -> None:
    answer = client.post("/api/deployments", json=GOOD | change)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert database.rows == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"NaN",
        b"\xff\xfe",
        b'{"\\ud800": 1}',
        b'{"service": "\\ud800"}',
        b"[" * 50_000,
        b'{"service":' * 5_000,
        b"9" * 5_000,
    ],
)
def test_nothing_sent_makes_the_api_fall_over(client: Any, body: bytes) -> None:
    answer = client.post("/api/deployments", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "before=0", "before=9223372036854775808"])
def test_a_wrong_query_is_refused(client: Any, query: str) -> None:
    assert client.get(f"/api/deployments?{query}").status_code == 422


def test_unknown_paths_and_methods_get_a_problem(client: Any) -> None:
    for answer, status in ((client.get("/api/none"), 404), (client.put("/api/deployments"), 405)):
        assert answer.status_code == status
        assert answer.headers["content-type"] == PROBLEM


def test_a_bug_gets_a_problem_without_details(client: Any, database: Any) -> None:
    database.rows = None
    answer = client.get("/api/deployments")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    assert "NoneType" not in answer.text


def test_answers_are_not_cached(client: Any) -> None:
    for path in ("/health", "/version", "/api/deployments", "/api/none"):
        assert client.get(path).headers["cache-control"] == "no-store"


def test_the_description_tells_errors_as_problems(client: Any) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    responses = paths["/api/deployments"]["post"]["responses"]
    assert set(responses) == {"201", "400", "422", "503"}
    assert all(list(responses[status]["content"]) == [PROBLEM] for status in ("400", "422", "503"))
