"""The panel for everybody: keyboard alone, screen readers, light and dark, wide and narrow (WCAG 2.2, level AA)."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stack.tests.browser import Windows, fill_login, take_step
from stack.tests.harness import Site

pytestmark = pytest.mark.engine

PAGES = ("/deployments", "/audit", "/users", "/account")
CONTROLS = {"button", "link", "textbox", "combobox", "searchbox", "checkbox", "spinbutton", "Date", "DateTime"}
MOST_TABS = 40

# Every text that is shown, with the contrast of its colour on the ground behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const light = (color) => {
    const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || !element.checkVisibility() || element.closest("option, noscript")) continue;
    const [one, other] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
    found.push({ text, ratio: (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) });
  }
  return found;
}"""

# What the browser's own accessibility tree does not tell.
FAULTS = """() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  const once = (selector) => all(selector).length === 1 || faults.push(`not one ${selector}: ${all(selector).length}`);
  ["h1", "main", "body > header", "body > footer"].forEach(once);
  document.documentElement.lang || faults.push("no language");
  document.title.endsWith(" · viworks") || faults.push(`title ${document.title}`);
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  ids.filter((id, place) => ids.indexOf(id) !== place).forEach((id) => faults.push(`id twice: ${id}`));
  for (const name of ["aria-describedby", "aria-labelledby", "for"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      document.getElementById(element.getAttribute(name)) || faults.push(`leads nowhere: ${element.outerHTML}`);
    }
  }
  all("img:not([alt])").forEach((element) => faults.push(`no alt: ${element.outerHTML}`));
  document.querySelectorAll("[tabindex]").forEach((element) => element.tabIndex > 0 && faults.push("tab order forced"));
  all("th:not([scope])").forEach((element) => faults.push(`no scope: ${element.outerHTML}`));
  all("button, input, select, textarea").forEach((element) => {
    const { width, height } = element.getBoundingClientRect();
    width >= 24 && height >= 24 || faults.push(`smaller than 24 px: ${element.outerHTML}`);
  });
  const levels = all("h1, h2, h3").map((element) => Number(element.tagName[1]));
  levels.forEach((level, place) => level - (levels[place - 1] ?? 0) > 1 && faults.push("heading level skipped"));
  return faults;
}"""

# The words of what has the focus, and whether one can see that it has it (WCAG 2.2, 2.4.7).
FOCUSED = """() => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return [(element.labels?.[0] ?? element).textContent.trim(), outlineStyle !== "none" && outlineWidth !== "0px"];
}"""


def nameless(page: Page) -> list[dict[str, Any]]:
    """Controls without a name, as Chromium's accessibility tree has them."""
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    shown = [node for node in tree if not node.get("ignored")]
    controls = [node for node in shown if node["role"]["value"] in CONTROLS]
    assert controls, "the tree has no control at all"
    return [node for node in controls if not node.get("name", {}).get("value")]


def pale(page: Page) -> list[dict[str, Any]]:
    """Texts with less than 4.5:1."""
    found: list[dict[str, Any]] = page.evaluate(CONTRASTS)
    assert len(found) > 3, "hardly any text was looked at"
    return [text for text in found if text["ratio"] < 4.5]


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus; on the way every stop shows that it has it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        here, ring = page.evaluate(FOCUSED)
        assert ring, f"no focus ring on {here!r}"
        if here == name:
            return
    raise AssertionError(f"{MOST_TABS} times Tab do not lead to {name!r}")


def one_of_each(site: Site) -> None:
    """A deployment in every state."""
    operator = site.login("operator")
    for path in ((), ("cancelled",), ("running",), ("running", "succeeded"), ("running", "failed")):
        deployment = site.new_deployment(operator, notes="of the list of all states")
        for state in path:
            deployment = take_step(site, deployment, state, operator)
    failed = take_step(site, site.new_deployment(operator), "running", operator)
    take_step(site, take_step(site, failed, "failed", operator), "rolled-back", operator)


def settle(page: Page) -> None:
    """Wait until a page shows what it has to show."""
    expect(page.get_by_text("Loading…")).to_have_count(0)
    expect(page.locator("#backend-revision")).not_to_have_text("…")
    page.wait_for_function("document.getAnimations().every((animation) => animation.playState !== 'running')")


def test_logging_in_and_recording_need_no_mouse(windows: Windows, site: Site) -> None:
    operator, service = site.login("operator"), f"keyboard-{secrets.token_hex(4)}"
    page = windows.blank()
    page.goto("/")
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type(operator.user["username"])
    tab_to(page, "Password")
    page.keyboard.type(operator.password)
    tab_to(page, "Log in")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Deployments", level=1)).to_be_focused()
    tab_to(page, "Record a deployment")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Record a deployment")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_label("Service")).to_be_focused()
    page.keyboard.type(service)
    tab_to(page, "Revision")
    page.keyboard.type("4f2c9e1")
    tab_to(page, "Record")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"of {service} is recorded.")).to_be_visible()
    expect(page.get_by_role("button", name="Record a deployment")).to_be_focused()
    expect(page.locator("tbody tr").first).to_contain_text(service)


def test_escape_leaves_the_dialog_and_the_skip_link_leads_past_the_menu(windows: Windows, site: Site) -> None:
    page = windows.open(site.login("operator"))
    page.get_by_role("button", name="Record a deployment").press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Record a deployment")).to_be_focused()
    page.reload()
    expect(page.locator("#live")).to_have_text("Live")
    page.get_by_role("link", name="Skip to the content").press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page.get_by_role("heading", name="Deployments", level=1)).to_be_visible()


def test_another_view_takes_the_focus_to_its_heading_and_changes_the_title(windows: Windows, site: Site) -> None:
    page = windows.open(site.login("admin"))
    for name in ("Audit", "Users", "Account", "Deployments"):
        page.get_by_role("link", name=name, exact=True).press("Enter")
        expect(page.get_by_role("heading", name=name, level=1)).to_be_focused()
        expect(page).to_have_title(f"{name} · viworks")
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_a_name_and_every_text_stands_out(
    windows: Windows, site: Site, tmp_path: Path, scheme: Any
) -> None:
    windows.watch.expects(r"status of (401 .*/api/auth/login|404 .*/nothing)")
    one_of_each(site)
    page = windows.blank(color_scheme=scheme)
    page.goto("/nothing")
    assert (nameless(page), pale(page)) == ([], [])
    page.goto("/")
    fill_login(page, "nobody-of-this-name", "not the password of anyone")
    expect(page.locator(".notice[data-kind=failure]")).to_be_visible()
    assert (nameless(page), pale(page), page.evaluate(FAULTS)) == ([], [], [])
    admin = windows.open(site.login("admin"), color_scheme=scheme)
    grounds = set()
    for path in (*PAGES, f"/deployments/{site.new_deployment()['id']}"):
        admin.goto(path)
        settle(admin)
        assert (path, nameless(admin), pale(admin), admin.evaluate(FAULTS)) == (path, [], [], [])
        admin.screenshot(path=tmp_path / f"{path[1:].replace('/', '-')}-{scheme}.png")
        grounds.add(admin.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == {"rgb(244, 246, 248)" if scheme == "light" else "rgb(16, 22, 28)"}
    admin.goto("/deployments")
    settle(admin)
    admin.get_by_role("button", name="Record a deployment").click()
    assert (nameless(admin), pale(admin)) == ([], [])


def test_the_checks_of_this_file_see_what_is_wrong(windows: Windows, site: Site) -> None:
    page = windows.open(site.login("viewer"), "/account")
    settle(page)
    page.evaluate(
        "() => { const b = document.createElement('button'); document.querySelector('main').append(b);"
        " b.id = 'main'; document.querySelector('h1').style.color = '#bbbbbb'; }"
    )
    assert [node["role"]["value"] for node in nameless(page)] == ["button"]
    assert [text["text"] for text in pale(page)] == ["Account"]
    assert any("id twice: main" in fault for fault in page.evaluate(FAULTS))


def test_a_state_is_told_by_word_and_shape(windows: Windows, site: Site) -> None:
    one_of_each(site)
    page = windows.open(site.login("viewer"))
    settle(page)
    shapes = page.evaluate(
        "[...new Map([...document.querySelectorAll('tbody .state')]"
        ".map((mark) => [mark.textContent, mark.querySelector('svg').innerHTML])).entries()]"
    )
    assert {word for word, _ in shapes} == {"planned", "running", "succeeded", "failed", "cancelled", "rolled back"}
    assert len({shape for _, shape in shapes}) == 6


def test_a_narrow_screen_shows_everything_without_scrolling_sideways(windows: Windows, site: Site) -> None:
    """320 px is what WCAG 2.2, 1.4.10, asks for."""
    site.new_deployment(revision="a" * 64, service="s" * 63)
    page = windows.open(site.login("admin"), viewport={"width": 320, "height": 640})
    for path in PAGES:
        page.goto(path)
        settle(page)
        assert (path, page.evaluate("document.documentElement.scrollWidth")) == (path, 320)
        expect(page.get_by_role("table").get_by_role("row").nth(1).get_by_role("rowheader")).to_be_visible()


def test_nothing_moves_for_those_who_asked_for_less_motion(windows: Windows, site: Site) -> None:
    service = f"motion-{secrets.token_hex(4)}"
    moving = {}
    for wish in ("reduce", "no-preference"):
        page = windows.open(site.login("viewer"), f"/deployments?service={service}", reduced_motion=wish)
        expect(page.locator(".summary")).not_to_have_text("Loading…")
        rows = page.locator("tbody tr").count()
        site.new_deployment(service=service)
        expect(page.locator("tbody tr")).to_have_count(rows + 1)
        expect(page.locator("tbody tr").first).to_have_class("changed")
        moving[wish] = page.locator("tbody tr td").first.evaluate("(cell) => getComputedStyle(cell).animationName")
    assert moving == {"reduce": "none", "no-preference": "changed"}
