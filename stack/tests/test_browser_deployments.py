"""The deployments in the panel: the list, its filters and pages, recording, moving, and changes as they happen."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from stack.tests.browser import Windows, take_step
from stack.tests.harness import Site

pytestmark = pytest.mark.engine

BROKEN = r"net::ERR_FAILED"
PASSED_ON = ("authorization", "content-type", "idempotency-key")


def row(page: Page, number: int) -> Locator:
    """The row of a deployment."""
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=f"#{number}", exact=True))


def fill_record(page: Page, service: str) -> None:
    """Fill in the dialog."""
    page.get_by_role("button", name="Record a deployment").click()
    dialog = page.get_by_role("dialog", name="Record a deployment")
    dialog.get_by_label("Service").fill(service)
    dialog.get_by_label("Revision").fill("4f2c9e1")
    dialog.get_by_label("Environment").select_option("production")


def unique(word: str) -> str:
    """A service name that no other test uses."""
    return f"{word}-{secrets.token_hex(4)}"


def test_a_row_says_what_the_api_says(windows: Windows, site: Site) -> None:
    recorded = site.new_deployment(service=unique("shown"), notes="behind a flag")
    page = windows.open(site.login("viewer"))
    cells = row(page, recorded["id"]).get_by_role("cell")
    texts = [cells.nth(place).inner_text() for place in (0, 1, 2, 3, 4, 7)]
    assert texts == [recorded[name] for name in ("service", "revision", "environment", "state", "who", "notes")]
    expect(cells.nth(5).locator("time")).to_have_attribute("title", recorded["created_at"])
    expect(cells.nth(3).locator("svg")).to_have_count(1)


def test_filters_go_into_the_address_and_come_back_with_it(windows: Windows, site: Site) -> None:
    service = unique("filtered")
    wanted = site.new_deployment(service=service, environment="production")
    site.new_deployment(service=service, environment="staging")
    page = windows.open(site.login("viewer"))
    page.get_by_label("Service").fill(service)
    page.get_by_label("Environment").select_option("production")
    page.get_by_label("Environment").press("Tab")
    page.get_by_role("button", name="Filter", exact=True).press("Enter")
    expect(page.locator(".summary")).to_have_text("1 deployment, newest first")
    expect(row(page, wanted["id"])).to_be_visible()
    expect(page.get_by_role("button", name="Filter", exact=True)).to_be_focused()
    assert page.url.endswith(f"/deployments?service={service}&environment=production")
    page.reload()
    expect(page.get_by_label("Service")).to_have_value(service)
    expect(page.locator(".summary")).to_have_text("1 deployment, newest first")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_label("Service")).to_have_value("")
    page.go_back()
    expect(page.get_by_label("Service")).to_have_value(service)
    expect(page.locator(".summary")).to_have_text("1 deployment, newest first")


def test_a_time_in_the_filter_is_local_and_goes_to_the_api_as_utc(windows: Windows, site: Site) -> None:
    page = windows.open(site.login("viewer"), timezone_id="Asia/Kolkata")
    page.get_by_label("Recorded since").fill("2026-01-31T17:30")
    with page.expect_response("**/api/deployments?*") as answer:
        page.get_by_role("button", name="Filter", exact=True).click()
    assert "since=2026-01-31T12%3A00%3A00.000Z" in answer.value.url
    assert answer.value.status == 200
    expect(page.get_by_label("Recorded since")).to_have_value("2026-01-31T17:30")


def test_a_filter_that_the_api_refuses_is_explained(windows: Windows, site: Site) -> None:
    windows.watch.expects(r"status of 422 .*/api/deployments")
    page = windows.open(site.login("viewer"), "/deployments?since=yesterday")
    expect(page.locator("#view .notice[data-kind=failure]")).to_contain_text("since:")


def test_pages_lead_to_older_ones_and_back(windows: Windows, site: Site) -> None:
    service = unique("paged")
    for _ in range(51):
        site.new_deployment(service=service)
    page = windows.open(site.login("viewer"), f"/deployments?service={service}")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_role("link", name="Older").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("region", name="Deployments, table")).to_be_focused()
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    page.get_by_role("link", name="Newest").click()
    expect(page.locator("tbody tr")).to_have_count(50)


def test_an_operator_records_a_deployment_once(windows: Windows, site: Site) -> None:
    """The answer is lost on the way; the operator presses the button again."""
    windows.watch.expects(BROKEN)
    service = unique("recorded")
    page = windows.open(site.login("operator"), f"/deployments?service={service}")
    keys: list[str | None] = []

    def lose_first(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        keys.append(route.request.headers.get("idempotency-key"))
        passed_on = {name: value for name, value in route.request.headers.items() if name in PASSED_ON}
        answer = site.request("POST", "/api/deployments", headers=passed_on, content=route.request.post_data)
        if len(keys) == 1:
            route.abort()
        else:
            route.fulfill(status=answer.status_code, content_type="application/json", body=answer.text)

    page.route("**/api/deployments", lose_first)
    fill_record(page, service)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("The server cannot be reached")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_text(re.compile(rf"^Deployment #\d+ of {service} is recorded\.$"))).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("tbody tr")).to_have_count(1)
    assert len(keys) == 2
    assert keys[0] == keys[1] is not None
    listed = site.request("GET", f"/api/deployments?service={service}", login=site.login("viewer")).json()["items"]
    assert len(listed) == 1


def test_what_the_api_refuses_is_said_beside_the_control(windows: Windows, site: Site) -> None:
    windows.watch.expects(r"status of 422 .*/api/deployments")
    page = windows.open(site.login("operator"))
    fill_record(page, "UPPER CASE")
    page.get_by_role("button", name="Record", exact=True).click()
    assert page.evaluate("document.activeElement.name") == "service"  # the browser says it first
    page.locator("dialog form").evaluate("(form) => { form.noValidate = true; }")
    page.get_by_role("button", name="Record", exact=True).click()
    service = page.get_by_role("dialog").get_by_label("Service")
    expect(service).to_have_attribute("aria-invalid", "true")
    expect(service).to_be_focused()
    expect(page.locator("[aria-invalid] + .hint")).not_to_contain_text("Such as")


def test_a_step_taken_in_one_window_shows_in_another_without_moving_it(windows: Windows, site: Site) -> None:
    operator = site.login("operator")
    service = unique("live")
    recorded = [site.new_deployment(service=service) for _ in range(45)]
    moved = recorded[0]
    watching = windows.open(site.login("viewer"), f"/deployments?service={service}")
    last = row(watching, moved["id"])
    last.get_by_role("link").focus()
    last.scroll_into_view_if_needed()
    place = watching.evaluate("scrollY")
    assert place > 0
    acting = windows.open(operator, f"/deployments/{moved['id']}")
    acting.get_by_role("textbox", name="Notes").fill("going out now")
    acting.get_by_role("button", name="Start").click()
    expect(acting.locator("#view .notice")).to_have_text("Recorded: running.")
    expect(last).to_contain_text("running")
    expect(last).to_contain_text("going out now")
    expect(last.get_by_role("link")).to_be_focused()
    assert watching.evaluate("scrollY") == place
    expect(watching.locator("#announcements")).to_contain_text(f"Deployment {moved['id']} of {service} is running")
    expect(acting.get_by_role("button", name="Mark as succeeded")).to_be_visible()
    expect(acting.get_by_role("button", name="Start")).to_have_count(0)


def test_a_new_deployment_comes_on_top_but_waits_while_somebody_is_in_the_rows(windows: Windows, site: Site) -> None:
    service = unique("arriving")
    first = site.new_deployment(service=service)
    page = windows.open(site.login("viewer"), f"/deployments?service={service}")
    expect(page.locator("tbody tr")).to_have_count(1)
    second = site.new_deployment(service=service)
    expect(page.locator("tbody tr").first).to_contain_text(f"#{second['id']}")
    row(page, first["id"]).get_by_role("link").focus()
    site.new_deployment(service=unique("other"))
    third = site.new_deployment(service=service)
    expect(page.get_by_role("button", name="Show 1 new deployment")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Show 1 new deployment").click()
    expect(page.locator("tbody tr").first).to_contain_text(f"#{third['id']}")
    expect(page.locator(".summary")).to_have_text("3 deployments, newest first")


def test_a_step_on_a_stale_page_is_refused_and_explained(windows: Windows, site: Site) -> None:
    windows.watch.expects(r"status of 412 .*/transitions")
    operator = site.login("operator")
    recorded = site.new_deployment(operator)
    page = windows.blank()
    page.route_web_socket("**/api/events", lambda socket: socket.close())
    page.goto(f"/deployments/{recorded['id']}")
    page.get_by_label("User name").fill(operator.user["username"])
    page.get_by_label("Password").fill(operator.password)
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    take_step(site, recorded, "cancelled", operator)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#view .notice[data-kind=failure]")).to_have_text(
        "Not recorded: this deployment has been changed meanwhile. It is cancelled now. Look at it and decide again."
    )
    expect(page.locator("#view .notice[data-kind=failure]")).to_be_focused()
    expect(page.locator(".facts")).to_contain_text("cancelled")
    expect(page.get_by_role("button", name="Start")).to_have_count(0)


def test_a_page_that_is_not_live_says_so(windows: Windows, site: Site) -> None:
    page = windows.blank()
    page.route_web_socket("**/api/events", lambda socket: socket.close())
    page.goto("/")
    viewer = site.login("viewer")
    page.get_by_label("User name").fill(viewer.user["username"])
    page.get_by_label("Password").fill(viewer.password)
    page.get_by_label("Password").press("Enter")
    expect(page.locator("#live")).to_have_text("Not live: trying again")
    expect(page.locator("#live")).to_have_attribute("data-live", "off")


def test_a_viewer_sees_no_controls_and_an_operator_none_for_what_is_anothers(windows: Windows, site: Site) -> None:
    theirs = site.new_deployment(site.login("admin"))
    for role, records in (("viewer", 0), ("operator", 1)):
        page = windows.open(site.login(role))
        expect(page.get_by_role("button", name="Record a deployment")).to_have_count(records)
        expect(page.get_by_role("link", name="Audit")).to_have_count(0)
        row(page, theirs["id"]).get_by_role("link").click()
        expect(page.locator(".facts")).to_contain_text("planned")
        expect(page.get_by_role("heading", name="Next step")).to_have_count(0)
    own = site.new_deployment(site.login("operator"))
    page.goto(f"/deployments/{own['id']}")
    expect(page.get_by_role("heading", name="Next step")).to_be_visible()


def test_a_deployment_that_is_not_there_is_said_to_be_missing(windows: Windows, site: Site) -> None:
    windows.watch.expects(r"status of 404 .*/api/deployments/")
    page = windows.open(site.login("viewer"), "/deployments/999999999")
    expect(page.locator("#view .notice[data-kind=failure]")).to_be_visible()
    expect(page.get_by_role("heading", name="Next step")).to_have_count(0)
