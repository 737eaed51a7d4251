"""Attacks on accounts, sessions and other users' objects (OWASP API Security Top 10 2023, ASVS 5.0 V6 to V8)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from stack.tests.harness import Login, Site

pytestmark = pytest.mark.engine


def sessions(site: Site, login: Login) -> list[str]:
    """Ids of the account's own sessions."""
    answer = site.request("GET", "/api/auth/sessions", login=login)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return [session["id"] for session in (body["items"] if isinstance(body, dict) else body)]


def test_another_users_session_cannot_be_ended_or_seen(site: Site) -> None:
    owner, other = site.new_account("operator"), site.new_account("operator")
    (owners,) = sessions(site, owner)
    assert owners not in sessions(site, other)
    for stranger in (other, site.login("admin")):
        assert site.request("DELETE", f"/api/auth/sessions/{owners}", login=stranger).status_code == 404
    assert sessions(site, owner) == [owners]
    assert site.request("DELETE", f"/api/auth/sessions/{owners}", login=owner).status_code == 204


def test_another_users_deployment_cannot_be_moved(site: Site) -> None:
    owner, other = site.new_account("operator"), site.new_account("operator")
    recorded = site.new_deployment(owner)
    path = f"/api/deployments/{recorded['id']}"
    for stranger in (other, site.login("viewer")):
        answer = site.request(
            "POST", f"{path}/transitions", login=stranger, json={"state": "running"}, headers={"If-Match": '"1"'}
        )
        assert answer.status_code == 403, answer.text
    now = site.request("GET", path, login=owner).json()
    assert (now["state"], now["version"]) == ("planned", 1)


ADMINS_ONLY: list[tuple[str, str, Any]] = [
    ("GET", "/api/users", None),
    ("POST", "/api/users", {"username": "mallory", "password": "a long and unlikely phrase", "role": "admin"}),
    ("GET", "/api/audit", None),
]


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_a_lower_role_cannot_do_what_a_higher_one_does(site: Site, role: str) -> None:
    login = site.new_account(role)
    itself = ("PATCH", f"/api/users/{login.user['id']}", {"role": "admin"})
    for method, path, body in (*ADMINS_ONLY, itself):
        assert site.request(method, path, login=login, json=body).status_code == 403, (method, path)
    assert site.request("GET", "/api/auth/me", login=login).json()["role"] == role
    users = site.request("GET", "/api/users", login=site.login()).text
    assert "mallory" not in users


def test_a_viewer_cannot_record_a_deployment(site: Site) -> None:
    body = {"service": "backend", "revision": "abc", "environment": "staging"}
    assert site.request("POST", "/api/deployments", login=site.login("viewer"), json=body).status_code == 403


def test_nothing_of_the_api_is_open_without_a_token(site: Site) -> None:
    """Every operation of the description, so a new one cannot be forgotten."""
    described = site.request("GET", "/openapi.json").json()["paths"]
    protected = [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, operations in described.items()
        for method in operations
        if path.startswith("/api/") and path not in ("/api/auth/login", "/api/auth/refresh")
    ]
    assert len(protected) >= 13
    for method, path in protected:
        assert site.request(method, path, json={}).status_code == 401, (method, path)


@pytest.mark.parametrize(
    "extra",
    [{"id": 1}, {"who": "admin"}, {"state": "succeeded"}, {"version": 7}, {"created_at": "2020-01-01T00:00:00Z"}],
    ids=lambda extra: next(iter(extra)),
)
def test_fields_that_the_server_sets_cannot_be_assigned(site: Site, extra: dict[str, Any]) -> None:
    """API3:2023: refused, not silently dropped, so a client learns that it asks for the impossible."""
    body = {"service": "backend", "revision": "abc", "environment": "staging", **extra}
    assert site.request("POST", "/api/deployments", login=site.login("operator"), json=body).status_code == 422


def test_a_password_change_cannot_change_the_role(site: Site) -> None:
    login = site.new_account("viewer")
    body = {"current_password": login.password, "new_password": secrets.token_urlsafe(24), "role": "admin"}
    assert site.request("POST", "/api/auth/password", login=login, json=body).status_code == 422
    assert site.request("GET", "/api/auth/me", login=login).json()["role"] == "viewer"


def test_the_last_admin_cannot_be_locked_out(site: Site) -> None:
    """By nobody, the admin included: an API that can close itself for good is a way to deny it."""
    admin = site.login("admin")
    site.psql("update accounts set role = 'viewer' where role = 'admin' and username <> 'admin'")
    for change in ({"disabled": True}, {"role": "viewer"}):
        answer = site.request("PATCH", f"/api/users/{admin.user['id']}", login=admin, json=change)
        assert answer.status_code == 409, answer.text


def answers_of_login(site: Site, username: str, password: str) -> tuple[int, dict[str, Any]]:
    """Status and body of a login, without what differs in every answer."""
    answer = site.request("POST", "/api/auth/login", json={"username": username, "password": password})
    told = {name: value for name, value in answer.json().items() if name not in ("request_id", "instance")}
    return answer.status_code, told


def test_a_failed_login_does_not_tell_whether_the_account_exists(site: Site) -> None:
    known, disabled = site.new_account("viewer"), site.new_account("viewer")
    site.request("PATCH", f"/api/users/{disabled.user['id']}", login=site.login(), json={"disabled": True})
    wrong = secrets.token_urlsafe(24)
    unknown = answers_of_login(site, f"nobody-{secrets.token_hex(4)}", wrong)
    assert unknown[0] == 401
    assert answers_of_login(site, known.user["username"], wrong) == unknown
    assert answers_of_login(site, disabled.user["username"], wrong) == unknown
    assert answers_of_login(site, disabled.user["username"], disabled.password) == unknown


FOREIGN: list[Callable[[Site], dict[str, str]]] = [
    lambda site: {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    lambda site: {"Origin": "https://evil.example"},
    lambda site: {"Origin": "null"},
    lambda site: {"Origin": f"{site.origin}.evil.example"},
    lambda site: {"Origin": site.origin.replace("https://", "http://")},
    lambda site: {"Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=["foreign", "old-browser", "null", "suffix", "scheme", "fetch-site"])
def test_another_site_cannot_renew_a_session(site: Site, headers: Callable[[Site], dict[str, str]]) -> None:
    login = site.new_account("viewer")
    answer = site.request("POST", "/api/auth/refresh", headers=headers(site), cookies=login.cookies)
    assert answer.status_code == 403, answer.text
    assert "set-cookie" not in answer.headers
    own = {"Origin": site.origin, "Sec-Fetch-Site": "same-origin"}
    assert site.request("POST", "/api/auth/refresh", headers=own, cookies=login.cookies).status_code == 200


def test_another_site_cannot_end_a_session(site: Site) -> None:
    """The cookie alone does nothing: to log out takes the bearer token, which no other site has."""
    login = site.new_account("viewer")
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = site.request("POST", "/api/auth/logout", headers=foreign, cookies=login.cookies)
    assert answer.status_code in (401, 403), answer.text
    assert site.request("GET", "/api/auth/me", login=login).status_code == 200


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
)
def test_a_form_of_another_site_changes_nothing(site: Site, kind: str) -> None:
    """A form can send these types without asking first (Fetch, 4.10); JSON it cannot."""
    content = '{"service": "form", "revision": "abc", "environment": "staging", "notes": "="}'
    headers = {"Content-Type": kind, "Origin": "https://evil.example"}
    login = site.login("operator")
    answer = site.request("POST", "/api/deployments", login=login, headers=headers, content=content)
    assert answer.status_code in (403, 415, 422), answer.text
    credentials = f'{{"username": "admin", "password": "{site.secret("admin_password")}"}}'
    answer = site.request("POST", "/api/auth/login", headers={"Content-Type": kind}, content=credentials)
    assert answer.status_code in (403, 415, 422), answer.text
    assert "set-cookie" not in answer.headers


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    credentials = {"username": "admin", "password": site.secret("admin_password")}
    cookie = site.request("POST", "/api/auth/login", json=credentials).headers["set-cookie"]
    first, *attributes = cookie.split("; ")
    assert first.startswith("__Secure-")
    assert {"httponly", "secure", "samesite=strict", "path=/api/auth"} <= {word.lower() for word in attributes}
    assert not any(word.lower().startswith("domain=") for word in attributes)
