"""Attacks with access tokens and refresh tokens (RFC 8725, OWASP ASVS 5.0 V9 and V7)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from typing import Any

import jwt
import pytest

from stack.tests.harness import Login, Site

pytestmark = pytest.mark.engine

WHO = "/api/auth/me"
TYPE = "at+jwt"  # RFC 9068


def key_id(key: str) -> str:
    """The id by which the backend knows a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def claims(login: Login, **changed: Any) -> dict[str, Any]:
    """What the token of a session says, with changes; None takes a claim out."""
    said = {**jwt.decode(login.token, options={"verify_signature": False}), **changed}
    return {name: value for name, value in said.items() if value is not None}


def signed(said: dict[str, Any], key: str, **head: str) -> str:
    """A token of our own making; ``head`` is what its header says otherwise than a good one."""
    header = {"kid": key_id(key), "typ": TYPE, "alg": "HS256", **head}
    return jwt.encode(said, key, algorithm=header["alg"], headers=header)


def unsigned(said: dict[str, Any], kid: str, algorithm: str) -> str:
    """A token that claims to need no signature (RFC 8725, 2.1)."""
    parts = ({"alg": algorithm, "typ": TYPE, "kid": kid}, said)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def status(site: Site, token: str) -> int:
    """What the API answers to a token."""
    return site.request("GET", WHO, headers={"Authorization": f"Bearer {token}"}).status_code


def refused(site: Site, token: str) -> None:
    """The token is refused with 401, a challenge (RFC 6750) and no word about why the signature failed."""
    answer = site.request("GET", WHO, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_made_here_with_the_true_key_would_pass(site: Site) -> None:
    """The control of the tests below: what they forge differs from a good token in nothing but the one fault."""
    assert status(site, signed(claims(site.login()), site.secret("jwt_secret"))) == 200


def test_a_forged_token_is_refused(site: Site) -> None:
    other = secrets.token_hex(32)
    said = claims(site.login())
    refused(site, signed(said, other))
    refused(site, signed(said, other, kid=key_id(site.secret("jwt_secret"))))


def test_an_expired_token_is_refused(site: Site) -> None:
    now = int(time.time())
    said = claims(site.login(), iat=now - 1200, nbf=now - 1200, exp=now - 600)
    refused(site, signed(said, site.secret("jwt_secret")))


def test_a_token_that_is_not_valid_yet_is_refused(site: Site) -> None:
    later = int(time.time()) + 3600
    refused(site, signed(claims(site.login(), nbf=later, exp=later + 600), site.secret("jwt_secret")))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "HS256"])
def test_a_token_without_a_signature_is_refused(site: Site, algorithm: str) -> None:
    refused(site, unsigned(claims(site.login()), key_id(site.secret("jwt_secret")), algorithm))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused(site: Site, algorithm: str) -> None:
    refused(site, signed(claims(site.login()), site.secret("jwt_secret"), alg=algorithm))


@pytest.mark.parametrize("kind", ["JWT", "", "refresh+jwt"])
def test_a_token_of_another_type_is_refused(site: Site, kind: str) -> None:
    refused(site, signed(claims(site.login()), site.secret("jwt_secret"), typ=kind))


@pytest.mark.parametrize("kid", ["", "0123456789abcdef", "../../../dev/null", "' or '1'='1", "x" * 5000])
def test_a_token_with_a_wrong_key_id_is_refused(site: Site, kid: str) -> None:
    refused(site, signed(claims(site.login()), site.secret("jwt_secret"), kid=kid))


def test_a_tampered_token_is_refused(site: Site) -> None:
    viewer = site.login("viewer")
    head, body, signature = viewer.token.split(".")
    raised = json.dumps(claims(viewer, role="admin")).encode()
    refused(site, ".".join((head, base64.urlsafe_b64encode(raised).rstrip(b"=").decode(), signature)))
    last = "A" if signature[10] != "A" else "B"
    refused(site, ".".join((head, body, signature[:10] + last + signature[11:])))
    refused(site, f"{head}.{body}.")
    refused(site, f"{head}.{body}")


@pytest.mark.parametrize(
    "changed",
    [{"iss": "somebody-else"}, {"aud": "another-api"}, {"aud": ["another-api"]}],
    ids=["issuer", "audience", "audiences"],
)
def test_a_token_of_another_issuer_or_audience_is_refused(site: Site, changed: dict[str, Any]) -> None:
    refused(site, signed(claims(site.login(), **changed), site.secret("jwt_secret")))


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "jti", "role", "iat", "nbf", "exp"])
def test_a_token_that_lacks_a_claim_is_refused(site: Site, claim: str) -> None:
    refused(site, signed(claims(site.login(), **{claim: None}), site.secret("jwt_secret")))


def test_a_refresh_token_is_no_access_token(site: Site) -> None:
    (refresh,) = site.login("viewer").cookies.values()
    refused(site, refresh)


def test_a_token_of_an_ended_session_is_refused_at_once(site: Site) -> None:
    login = site.new_account("viewer")
    assert status(site, login.token) == 200
    assert site.request("POST", "/api/auth/logout", login=login).status_code == 204
    refused(site, login.token)


def test_a_token_of_a_disabled_account_is_refused_at_once(site: Site) -> None:
    login = site.new_account("operator")
    answer = site.request("PATCH", f"/api/users/{login.user['id']}", login=site.login(), json={"disabled": True})
    assert answer.status_code == 200, answer.text
    refused(site, login.token)


def refresh(site: Site, cookies: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Renew as the page does: the status, and the new cookie if there is one."""
    headers = {"Origin": site.origin, "Sec-Fetch-Site": "same-origin"}
    answer = site.request("POST", "/api/auth/refresh", headers=headers, cookies=cookies)
    return answer.status_code, dict(answer.cookies)


def test_a_refresh_token_used_twice_ends_its_whole_family(site: Site) -> None:
    """The thief and the owner cannot be told apart, so both are out (RFC 9700, 4.14.2)."""
    login = site.new_account("viewer")
    code, second = refresh(site, login.cookies)
    assert code == 200
    assert second != login.cookies
    code, third = refresh(site, second)
    assert code == 200
    # Two tabs may send one token within ten seconds: let this be a minute ago.
    site.psql("update refresh_tokens set used_at = used_at - interval '1 minute'")
    assert refresh(site, login.cookies)[0] == 401
    assert refresh(site, third)[0] == 401
    refused(site, login.token)


def test_a_refresh_token_used_twice_at_once_gives_nothing_that_lasts(site: Site) -> None:
    """As two tabs do: the second gets an access token, and no refresh token."""
    login = site.new_account("viewer")
    assert refresh(site, login.cookies)[1] != {}
    assert refresh(site, login.cookies) == (200, {})


def test_an_invented_refresh_token_is_refused(site: Site) -> None:
    (name,) = site.login("viewer").cookies
    for invented in (secrets.token_urlsafe(32), "", "x" * 3000, "' or '1'='1"):
        assert refresh(site, {name: invented})[0] == 401
