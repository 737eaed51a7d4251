"""Logging in and out, and what happens when the session or the server goes away; in Chromium, through the proxy."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, Route, expect

from stack.tests.browser import Windows, fill_login
from stack.tests.harness import Site, until

pytestmark = pytest.mark.engine

MOST_ATTEMPTS = 10
REFUSED = r"status of 401 .*/api/auth/login"

RENEWALS = 5
CLOCKS_DIFFER = 2.0  # milliseconds, between two tabs; a refresh takes longer
REFRESHES = """() => performance.getEntriesByType("resource")
  .filter((entry) => entry.name.endsWith("/api/auth/refresh"))
  .map((entry) => [performance.timeOrigin + entry.startTime, performance.timeOrigin + entry.responseEnd])"""
# Each time two callers at once, who are to share one request.
RENEW_OFTEN = f"""async () => {{
  const {{ renew }} = await import("/js/session.js");
  for (let time = 0; time < {RENEWALS}; time += 1) await Promise.all([renew(), renew()]);
}}"""


def test_the_right_password_leads_to_the_page_that_was_asked_for(windows: Windows, site: Site) -> None:
    page = windows.open(site.login("operator"), "/deployments?environment=staging")
    expect(page.get_by_role("heading", name="Deployments", level=1)).to_be_focused()
    expect(page).to_have_url(f"{windows.origin}/deployments?environment=staging")
    expect(page.get_by_label("Environment").first).to_have_value("staging")


def test_a_wrong_password_is_told_and_the_field_is_ready_for_another(windows: Windows) -> None:
    windows.watch.expects(REFUSED)
    page = windows.blank()
    page.goto("/")
    fill_login(page, "nobody-of-this-name", "not the password of anyone")
    expect(page.get_by_role("status").filter(has_text=re.compile("password", re.IGNORECASE))).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()


def test_a_locked_account_says_when_to_try_again(windows: Windows, site: Site) -> None:
    windows.watch.expects(REFUSED)
    windows.watch.expects(r"status of 429 .*/api/auth/login")
    account = site.new_account("viewer").user["username"]

    page = windows.blank()
    page.goto("/")
    told = page.locator("#view .notice[data-kind=failure]")
    later = told.filter(has_text=re.compile(r"Try again after \d\d:\d\d:\d\d\.$"))
    for _ in range(MOST_ATTEMPTS):
        with page.expect_response("**/api/auth/login"):
            fill_login(page, account, "not the password of it")
        expect(told).to_be_visible()
        if later.is_visible():
            break
    expect(later).to_be_visible()
    expect(page.get_by_role("button", name="Log in")).to_have_attribute("aria-disabled", "true")


def test_a_reload_keeps_the_session_and_the_page(windows: Windows, site: Site) -> None:
    page = windows.open(site.login("viewer"), "/account")
    page.reload()
    expect(page.get_by_role("heading", name="Account", level=1)).to_be_visible()
    expect(page.locator("#live")).to_have_text("Live")


def test_no_script_can_read_a_token_from_storage_or_cookies(windows: Windows, site: Site) -> None:
    page = windows.open(site.login("viewer"))
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert stored == '[{"viworks.logged-in":"1"},{},""]'
    cookie = page.context.cookies(f"{windows.origin}/api/auth/refresh")[0]
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")


def test_two_tabs_take_turns_and_many_questions_share_one_refresh(windows: Windows, site: Site) -> None:
    """Two uses of one refresh token would count as theft, and end the session."""
    page = windows.open(site.login("viewer"))
    other = page.context.new_page()
    windows.watch.on(other)
    other.goto("/account")
    expect(other.locator("#live")).to_have_text("Live")
    for tab in (page, other):
        tab.evaluate("performance.clearResourceTimings()")
    page.evaluate(f"window.renewed = ({RENEW_OFTEN})(); null")
    other.evaluate(RENEW_OFTEN)
    page.evaluate("window.renewed")
    # The browser's own times: events of two tabs come in any order.
    refreshes = until(lambda: _all_of(2 * RENEWALS, page, other), 10, "every refresh is told")
    assert all(after[0] > before[1] - CLOCKS_DIFFER for before, after in pairwise(refreshes))


def _all_of(number: int, *tabs: Page) -> list[tuple[float, float]]:
    """When each refresh of the tabs began and ended, in milliseconds, in order; none before there are so many."""
    found = sorted((began, ended) for tab in tabs for began, ended in tab.evaluate(REFRESHES))
    assert len(found) <= number
    return found if len(found) == number else []


def test_a_token_is_renewed_before_it_runs_out(windows: Windows, site: Site) -> None:
    page = windows.blank()
    page.clock.install()
    page.goto("/")
    viewer = site.login("viewer")
    fill_login(page, viewer.user["username"], viewer.password)
    expect(page.locator("#live")).to_have_text("Live")
    with page.expect_response("**/api/auth/refresh") as renewed:
        page.clock.fast_forward("09:50")
        page.get_by_role("button", name="Filter", exact=True).click()
    assert renewed.value.status == 200
    expect(page.locator("#live")).to_have_text("Live")
    expect(page.locator("#view .notice[data-kind=failure]")).to_have_count(0)


def test_a_refused_token_is_renewed_once_and_the_question_asked_again(windows: Windows, site: Site) -> None:
    windows.watch.expects(r"status of 401 .*/api/deployments")
    page = windows.open(site.login("viewer"), "/account")
    expired = {"count": 0}

    def refuse_first(route: Route) -> None:
        expired["count"] += 1
        if expired["count"] == 1:
            route.fulfill(status=401, content_type="application/problem+json", body='{"status": 401}')
        else:
            route.continue_()

    page.route("**/api/deployments*", refuse_first)
    with page.expect_response("**/api/auth/refresh") as renewed:
        page.get_by_role("link", name="Deployments").click()
    assert renewed.value.status == 200
    expect(page.locator(".summary")).to_contain_text("deployment")
    assert expired["count"] == 2


def test_an_answer_that_is_cut_off_is_told_in_words(windows: Windows, site: Site) -> None:
    page = windows.open(site.login("viewer"))
    page.route(
        "**/api/deployments*",
        lambda route: route.fulfill(status=200, content_type="application/json", body='{"items": ['),
    )
    ask_again(page)
    expect(page.locator("#view .notice[data-kind=failure]")).to_contain_text("cut off")
    page.unroute("**/api/deployments*")
    ask_again(page)
    expect(page.locator("#view .notice[data-kind=failure]")).to_have_count(0)


def test_a_session_that_is_ended_elsewhere_leads_back_to_the_login(windows: Windows, site: Site) -> None:
    windows.watch.expects(r"status of 401 .*/api/")
    login = site.new_account("viewer")
    ended = windows.open(login)
    page = windows.open(login, "/account")
    rows = page.get_by_role("table", name="Sessions").get_by_role("row")
    expect(rows).to_have_count(4)  # the head, the harness, the two windows
    sessions = site.request("GET", "/api/auth/sessions", login=login).json()["items"]
    assert len(sessions) == 3
    for _ in range(2):
        before = rows.count()
        page.get_by_role("button", name=re.compile(r"^End: session from")).first.click()
        expect(rows).to_have_count(before - 1)
    expect(page.get_by_text("The session is ended.")).to_be_focused()
    expect(ended.get_by_role("heading", name="Log in", level=1)).to_be_visible()
    expect(ended.locator("#view .notice")).to_have_text("Your session has ended. Log in again.")
    expect(page.locator("#live")).to_have_text("Live")


def test_logging_out_ends_the_session_on_the_server(windows: Windows, site: Site) -> None:
    page = windows.open(site.new_account("viewer"))
    with page.expect_response("**/api/auth/logout") as answer:
        page.get_by_role("button", name="Log out").click()
    assert answer.value.status == 204
    expect(page.locator("#view .notice")).to_have_text("You are logged out.")
    expect(page.get_by_label("User name")).to_be_focused()
    assert page.context.cookies(f"{windows.origin}/api/auth/refresh") == []


def test_a_changed_password_is_the_one_that_counts(windows: Windows, site: Site) -> None:
    windows.watch.expects(REFUSED)
    login = site.new_account("viewer")
    page = windows.open(login, "/account")
    fresh = "a new one of twenty-five letters"
    page.get_by_label("Current password").fill(login.password)
    page.get_by_label("New password").fill(fresh)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    fill_login(page, login.user["username"], login.password)
    expect(page.locator("#view .notice[data-kind=failure]")).to_be_visible()
    fill_login(page, login.user["username"], fresh)
    expect(page.get_by_role("heading", name="Account", level=1)).to_be_visible()


def test_a_backend_that_goes_away_is_told_in_words_and_the_panel_recovers_by_itself(
    windows: Windows, site: Site
) -> None:
    windows.watch.expects(r"status of 50[234]|WebSocket connection to")
    page = windows.open(site.login("viewer"))
    site.compose("stop", "backend")
    try:
        expect(page.locator("#live")).to_have_text("Not live: trying again")
        ask_again(page)
        expect(page.locator("#view .notice[data-kind=failure]")).to_contain_text("Try again")
        expect(page.locator("#view .notice[data-kind=failure]")).not_to_contain_text("<")
    finally:
        site.up()
    missed = site.new_deployment(service="while-away")
    expect(page.locator("#live")).to_have_text("Live", timeout=60_000)
    expect(page.get_by_role("link", name=f"#{missed['id']}", exact=True)).to_be_visible()
    expect(page.locator("#view .notice[data-kind=failure]")).to_have_count(0)


def ask_again(page: Page) -> None:
    page.get_by_role("button", name="Filter", exact=True).click()
