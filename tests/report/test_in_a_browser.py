"""The page in a real Chromium, from a file: its policy, search by keyboard, dark, print, and without script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from flawless.report.as_html import to_html

from .sample import failed_deploy

CHROMIUM = "/usr/bin/chromium"
ENTRIES = "[data-find]:visible"
REFUSED = "window.refused = []; addEventListener('securitypolicyviolation', (e) => window.refused.push(e.blockedURI))"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(to_html(failed_deploy()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, file: str, complaints: list[str]) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 900}, offline=True)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("dialog", lambda dialog: complaints.append(dialog.message))
    opened.add_init_script(REFUSED)
    opened.goto(file)
    yield opened
    context.close()


def test_it_breaks_no_rule_of_its_policy_and_no_markup_of_others_runs(page: Page, complaints: list[str]) -> None:
    page.keyboard.press("/")
    page.keyboard.type("unhealthy")
    assert page.evaluate("window.refused") == []
    assert complaints == []
    assert page.locator("img").count() == 0


def test_the_policy_refuses_any_other_script(page: Page) -> None:
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
    )
    assert page.evaluate("[window.ran, window.refused]") == [None, ["inline"]]


def test_the_keyboard_searches_and_shows_all_again(page: Page) -> None:
    every = page.locator(ENTRIES).count()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("APT lists")
    expect(page.get_by_role("status")).to_have_text(f"2 of {every} entries have it")
    assert page.locator(ENTRIES).count() == 2
    expect(page.get_by_role("heading", name="Could not tell (2)")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Escape")
    assert page.locator(ENTRIES).count() == every


def test_a_search_that_finds_nothing_says_so_and_the_verdict_stays(page: Page) -> None:
    page.get_by_role("searchbox").fill("there is no such word")
    expect(page.get_by_role("status")).to_contain_text("0 of ")
    expect(page.get_by_role("heading", name="NO GO")).to_be_visible()


def test_a_link_leads_to_what_the_search_hides_and_opens_what_is_folded(page: Page) -> None:
    page.get_by_role("searchbox").fill("apt lists")
    page.evaluate("location.hash = 'evidence-1'")
    expect(page.locator("#evidence-1")).to_be_in_viewport()


def test_without_script_all_is_there_and_no_dead_field(browser: Browser, file: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file)
    expect(page.locator("#words")).to_be_hidden()
    assert page.locator(ENTRIES).count() > 100
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_the_light_and_in_the_dark(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    ink, paper = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        ".map((text) => text.match(/\\d+/g).map(Number).reduce((a, b) => a + b) / 3)"
    )
    assert (ink > 200 and paper < 60) if scheme == "dark" else (ink < 60 and paper > 200)


def test_print_shows_all_also_what_the_search_hides(page: Page, tmp_path: Path) -> None:
    every = page.locator(ENTRIES).count()
    page.get_by_role("searchbox").fill("apt lists")
    page.emulate_media(media="print")
    assert page.locator(ENTRIES).count() == every
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.locator("#evidence-1")).to_be_visible()
    assert page.pdf(path=tmp_path / "report.pdf").startswith(b"%PDF")


def test_nothing_runs_over_the_edge_of_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_tab_reaches_the_way_to_the_checklist_then_the_search(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "words":
            return
    raise AssertionError("twelve tabs do not reach the search")
