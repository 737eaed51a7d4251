"""What surrounds the views: trust, content policy, markup as text, caching, unknown pages; and what only admins see."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from stack.tests.browser import Windows, fill_login, launch
from stack.tests.harness import Site

pytestmark = pytest.mark.engine

MARKUP = "<img src=/stolen onerror=alert(1)><script>alert(2)</script>\"'><b>bold</b>"
PUBLIC = Path(__file__).resolve().parents[1] / "frontend" / "public"
UNSAFE = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|\.style\b")


def test_chromium_trusts_the_sites_own_key_and_no_other(windows: Windows, site: Site) -> None:
    page = windows.blank()
    answer = page.goto("/")
    assert answer is not None
    assert answer.status == 200
    details = answer.security_details()
    assert details is not None
    assert details["issuer"] == "viworks local CA"


def test_another_key_is_refused_by_chromium(windows: Windows, program: Path) -> None:
    stranger = launch(windows.browser.browser_type, program, "A" * 43 + "=")
    try:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            stranger.new_page().goto(windows.origin)
    finally:
        stranger.close()


def test_stored_markup_is_shown_as_text_and_nothing_of_it_runs(windows: Windows, site: Site) -> None:
    recorded = site.new_deployment(notes=MARKUP, service=f"markup-{secrets.token_hex(4)}")
    asked: list[str] = []
    page = windows.blank()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/deployments?service={recorded['service']}")
    fill_login(page, site.login("viewer").user["username"], site.login("viewer").password)
    expect(page.locator("tbody .cut")).to_have_text(MARKUP)
    page.get_by_role("link", name=f"#{recorded['id']}").click()
    expect(page.locator(".facts")).to_contain_text(MARKUP)
    assert page.locator("main img, main script, main b").count() == 0
    assert not [address for address in asked if "stolen" in address]


def test_markup_in_an_address_and_in_a_name_is_text_too(windows: Windows, site: Site) -> None:
    windows.watch.expects(r"status of (401|422) ")
    page = windows.blank()
    page.goto("/")
    name = f"{secrets.token_hex(4)}{MARKUP}"[:60]
    page.locator("form").evaluate("(form) => { form.noValidate = true; }")
    fill_login(page, name, "not a password of anyone")
    expect(page.locator("#view .notice[data-kind=failure]")).to_be_visible()
    admin = windows.open(site.login("admin"), f"/audit?outcome=failure&actor={name}")
    expect(admin.get_by_label("Who")).to_have_value(name)
    fill_login(page, f"nobody-{secrets.token_hex(4)}", MARKUP)
    expect(page.locator("#view .notice[data-kind=failure]")).to_contain_text("password")
    admin.goto("/audit?outcome=failure")
    expect(admin.locator("tbody tr").first).to_be_visible()
    assert admin.locator("main img, main script, main b").count() == 0


def inject(page: Page, script: str) -> list[str]:
    """What was refused when a page tries this."""
    refused: list[str] = page.evaluate(
        """(script) => new Promise((resolve) => {
          const refused = [];
          document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
          try { new Function("return 1"); } catch { /* it is what is asked here */ }
          setTimeout(() => resolve(refused), 300);
          const element = document.createElement("div");
          document.body.append(element);
          try { element.innerHTML = script; } catch { /* refused by Trusted Types */ }
          const image = document.createElement("img");
          image.src = "https://127.0.0.1:1/elsewhere.png";
          document.body.append(image);
          const style = document.createElement("style");
          style.append("body { background: red; }");
          document.body.append(style);
        })""",
        script,
    )
    return refused


def test_what_the_policy_forbids_is_refused_and_would_fail_every_test_here(windows: Windows, site: Site) -> None:
    """The negative control: the watch that ends each test hears each of these."""
    page = windows.blank()
    page.goto("/")
    refused = inject(page, "<img src=x onerror=alert(1)>")
    assert {"img-src", "style-src-elem", "require-trusted-types-for"} <= set(refused)
    heard = " ".join(windows.watch.complaints)
    assert "Content Security Policy" in heard
    assert "TrustedHTML" in heard
    page.evaluate("setTimeout(() => { throw new Error('control'); }); null")
    page.evaluate("setTimeout(() => alert('control')); null")
    expect(page.get_by_label("User name")).to_be_visible()
    assert [line for line in windows.watch.complaints if line.startswith("exception:")]
    assert [line for line in windows.watch.complaints if line.startswith("dialog:")]
    windows.watch.expects(".")


def test_no_file_of_the_panel_builds_markup_or_style_from_text() -> None:
    modules = sorted(PUBLIC.rglob("*.js"))
    assert len(modules) > 10
    unsafe = [f"{file.name}: {found.group()}" for file in modules for found in UNSAFE.finditer(file.read_text())]
    inline = [
        f"{file.name}: {found.group()}"
        for file in PUBLIC.glob("*.html")
        for found in re.finditer(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|https?://", file.read_text())
    ]
    assert (unsafe, inline) == ([], [])
    assert UNSAFE.search("element.innerHTML = text")


@pytest.mark.parametrize(
    "path", ["/nothing", "/deployments/", "/deployments/0", "/deployments/x", "/js/", "/js/nothing.js"]
)
def test_an_unknown_page_is_a_404_with_a_way_on(windows: Windows, path: str) -> None:
    windows.watch.expects(r"status of 404")
    page = windows.blank()
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 404
    page.get_by_role("link", name="Go to the deployments").click()
    expect(page.get_by_role("heading", name="Log in", level=1)).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/deployments", "/deployments/7", "/audit", "/users", "/account"])
def test_the_panels_own_addresses_answer_with_the_panel(site: Site, path: str) -> None:
    answer = site.request("GET", path)
    assert answer.status_code == 200
    assert '<script type="module" src="/app.js">' in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/js/dom.js", "text/javascript; charset=utf-8"),
        ("/css/frame.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml; charset=utf-8"),
        ("/frontend.json", "application/json; charset=utf-8"),
    ],
)
def test_files_have_their_type_and_an_unchanged_one_costs_a_304(site: Site, path: str, kind: str) -> None:
    plain = {"Accept-Encoding": "identity"}
    first = site.request("GET", path, headers=plain)
    assert (first.status_code, first.headers["content-type"]) == (200, kind)
    assert first.headers["cache-control"] == "no-cache"
    assert "content-encoding" not in first.headers
    again = site.request("GET", path, headers={**plain, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_large_enough_comes_compressed(site: Site) -> None:
    answer = site.request("GET", "/css/parts.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.text == (PUBLIC / "css" / "parts.css").read_text()


def test_a_panel_that_does_not_load_says_what_to_do(windows: Windows) -> None:
    windows.watch.expects("net::ERR_FAILED")
    page = windows.blank()
    page.route("**/js/session.js", lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_text("If nothing comes, reload the page.")).to_be_visible()


def test_the_footer_tells_both_revisions(windows: Windows, site: Site) -> None:
    page = windows.blank()
    page.goto("/")
    for part, path in (("frontend", "/frontend.json"), ("backend", "/version")):
        revision = site.request("GET", path).json()["revision"]
        expect(page.locator(f"#{part}-revision")).to_have_attribute("title", revision)
        expect(page.locator(f"#{part}-revision")).to_have_text(revision[:12])


def test_an_admin_reads_the_audit_log_and_filters_it(windows: Windows, site: Site) -> None:
    recorded = site.new_deployment(site.login("operator"))
    actor = site.login("operator").user["username"]
    page = windows.open(site.login("admin"), "/audit")
    page.get_by_label("Who").fill(actor)
    page.get_by_label("Outcome").select_option("success")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/audit\?actor={actor}&outcome=success$"))
    newest = page.locator("tbody tr").first
    expect(newest).to_contain_text(actor)
    expect(newest).to_contain_text(f"deployment:{recorded['id']}")
    expect(page.locator("tbody tr").filter(has_not_text=actor)).to_have_count(0)
    page.get_by_label("Who").fill(f"nobody-{secrets.token_hex(4)}")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator(".summary")).to_have_text("No entry fits these filters.")


@pytest.mark.parametrize("path", ["/audit", "/users"])
def test_a_page_for_admins_says_so_to_others(windows: Windows, site: Site, path: str) -> None:
    page = windows.open(site.login("operator"), path)
    expect(page.get_by_role("alert")).to_have_text("Only administrators see this page.")


def test_an_admin_adds_an_account_changes_it_and_shuts_it_out(windows: Windows, site: Site) -> None:
    windows.watch.expects(r"status of 401 .*/api/")
    name, password = f"added-{secrets.token_hex(4)}", secrets.token_urlsafe(24)
    page = windows.open(site.login("admin"), "/users")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text(f"{name} is added as viewer.")).to_be_visible()
    page.get_by_role("combobox", name=f"Role of {name}").select_option("operator")
    page.get_by_role("button", name=f"Set: Role of {name}").click()
    expect(page.get_by_text(f"{name}: operator, log in allowed.")).to_be_visible()
    theirs = windows.open(site.new_login(name, password))
    expect(theirs.get_by_role("button", name="Record a deployment")).to_be_visible()
    page.get_by_role("button", name=f"Disable: {name}").press("Enter")
    expect(page.get_by_text(f"{name}: operator, log in disabled.")).to_be_visible()
    expect(page.get_by_role("button", name=f"Allow log in: {name}")).to_be_focused()
    expect(theirs.get_by_role("heading", name="Log in", level=1)).to_be_visible()


def test_a_change_that_the_api_refuses_leaves_the_list_as_it_is(windows: Windows, site: Site) -> None:
    """The last admin stays one."""
    windows.watch.expects(r"status of 409 .*/api/users")
    site.psql("update accounts set role = 'viewer' where role = 'admin' and username <> 'admin'")  # of other tests
    page = windows.open(site.login("admin"), "/users")
    page.get_by_role("button", name="Disable: admin", exact=True).click()
    expect(page.locator("#view .notice[data-kind=failure]")).to_be_visible()
    expect(page.get_by_role("button", name="Disable: admin", exact=True)).to_be_visible()
