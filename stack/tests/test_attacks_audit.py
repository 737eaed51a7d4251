"""Attacks on the record of what happened, and on secrets (ASVS 5.0 V16; OWASP A09:2021)."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable

import pytest

from stack.tests.harness import Site, until

pytestmark = pytest.mark.engine

VERIFY = ("exec", "-T", "backend", "python", "-m", "viworks.audit", "verify")
# What the superuser needs to get around the table's own guard, which then is back as it was.
UNGUARDED = """
begin;
alter table audit_log disable trigger all;
{change};
alter table audit_log enable always trigger audit_chain, enable always trigger audit_refuse;
commit
"""


def verified(site: Site) -> str:
    """What the verification says about a whole chain."""
    return site.compose(*VERIFY)


def caught(site: Site) -> str:
    """What the verification says about a broken chain."""
    with pytest.raises(RuntimeError, match="ended with 1:") as found:
        site.compose(*VERIFY)
    return str(found.value)


def number(site: Site) -> int:
    """The sequence number of an entry in the middle of the log."""
    for _ in range(3):
        site.new_deployment()
    return int(site.psql("select max(seq) - 1 from audit_log"))


def changed_and_back(site: Site, change: str, back: str) -> str:
    """What the verification says between a change and its repair; it is content before and after."""
    verified(site)
    site.psql(UNGUARDED.format(change=change))
    try:
        return caught(site)
    finally:
        site.psql(UNGUARDED.format(change=back))
        verified(site)


def test_nobody_can_change_the_audit_log_unnoticed_by_the_database(site: Site) -> None:
    """Its guard holds for the superuser too, as long as it is in place."""
    seq = number(site)
    for change in (
        f"update audit_log set actor = 'nobody' where seq = {seq}",
        f"delete from audit_log where seq = {seq}",
        "truncate audit_log",
    ):
        with pytest.raises(RuntimeError, match="audit_log"):
            site.psql(change)
        for role in ("viworks_app", "viworks_reader"):
            with pytest.raises(RuntimeError, match="permission denied"):
                site.psql(f"set role {role}; {change}")
    verified(site)


def test_a_changed_entry_of_the_audit_log_is_found(site: Site) -> None:
    seq = number(site)
    true = site.psql(f"select actor from audit_log where seq = {seq}")
    said = changed_and_back(
        site,
        f"update audit_log set actor = 'somebody-else' where seq = {seq}",
        f"update audit_log set actor = '{true}' where seq = {seq}",
    )
    assert str(seq) in said


def test_a_removed_entry_of_the_audit_log_is_found(site: Site) -> None:
    seq = number(site)
    said = changed_and_back(
        site,
        f"create table kept as select * from audit_log where seq = {seq}; delete from audit_log where seq = {seq}",
        "insert into audit_log select * from kept; drop table kept",
    )
    assert str(seq) in said


def test_a_cut_tail_of_the_audit_log_is_found(site: Site) -> None:
    last = int(site.psql("select max(seq) from audit_log")) if number(site) else 0
    said = changed_and_back(
        site,
        f"create table kept as select * from audit_log where seq = {last}; delete from audit_log where seq = {last}",
        "insert into audit_log select * from kept; drop table kept",
    )
    assert str(last) in said


def test_failed_logins_are_on_record_without_the_password(site: Site) -> None:
    guess, nobody = f"guess-{secrets.token_hex(12)}", f"nobody-{secrets.token_hex(6)}"
    site.request("POST", "/api/auth/login", json={"username": nobody, "password": guess})
    entries = site.request("GET", "/api/audit?outcome=failure&limit=20", login=site.login()).json()["items"]
    assert [entry for entry in entries if nobody in json.dumps(entry)]
    everything = site.psql("select * from audit_log")
    assert guess not in everything


def test_a_refused_body_is_not_echoed_with_its_password(site: Site) -> None:
    """A validation error names the field and the rule, never the value."""
    secret = secrets.token_urlsafe(24)
    for password in ([secret], {"value": secret}, secret * 300):
        answer = site.request("POST", "/api/auth/login", json={"username": "admin", "password": password})
        assert answer.status_code in (401, 413, 422), answer.status_code
        assert secret not in answer.text
    for body in ({"username": secret * 20, "password": secret}, {"username": "admin", "pasword": secret}, [secret]):
        assert secret not in site.request("POST", "/api/auth/login", json=body).text


def found(text: str, values: Iterable[str]) -> list[str]:
    """Which of the values the text holds; the first characters of each, so that a failure tells no secret."""
    return sorted({f"{value[:4]}..." for value in values if value in text})


TOKEN = re.compile(r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}")


@pytest.mark.last
def test_no_secret_is_in_any_log_or_answer_of_the_whole_run(site: Site) -> None:
    """Runs last. Answers are looked at as they come, by the harness."""
    for login in (site.login("admin"), site.login("operator"), site.login("viewer")):
        site.request("POST", "/api/auth/login", json={"username": login.user["username"], "password": login.password})
    confidential = site.confidential()
    assert len(confidential) >= 8
    logs = site.logs()
    assert found(logs, confidential) == []
    assert TOKEN.findall(logs) == []
    assert site.leaks == []
    planted = secrets.token_hex(32)
    site.request("GET", "/version", headers={"User-Agent": planted})
    until(lambda: found(site.logs("nginx"), {planted}), 10, "the planted secret is found in the log")
