"""The report as a page: complete, self-contained, and deaf to hostile names."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from html.parser import HTMLParser

import pytest
from msgspec import structs

from flawless.model.observed import Stretch
from flawless.model.plan import Traffic, TrafficCourse
from flawless.report.as_html import to_html

from .sample import COURSE, LOGS, failed_deploy, file_check, good_deploy

REPORTS = {"failed": failed_deploy, "good": good_deploy, "check": file_check}
VOID = frozenset({"meta", "br", "rect", "path", "link", "img", "input", "hr"})


class Page(HTMLParser):
    """What a browser would see: tags with attributes, ids, text, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.broken: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.broken.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]


@pytest.fixture(params=REPORTS)
def page(request: pytest.FixtureRequest) -> Page:
    return Page(to_html(REPORTS[request.param]()))


def test_every_tag_is_closed_in_order(page: Page) -> None:
    assert page.broken == []
    assert page.open == []


def test_nothing_is_loaded_and_nothing_runs_but_its_own_script(page: Page) -> None:
    assert page.of("script") == [{}]
    assert not {"img", "link", "iframe", "object", "base", "form"} & {tag for tag, _ in page.tags}
    loading = {"src", "srcset", "action", "formaction", "data", "poster", "style", "xlink:href"}
    assert [(tag, a) for tag, a in page.tags if loading & a.keys() or any(name.startswith("on") for name in a)] == []


def test_every_link_leads_to_a_place_on_the_page(page: Page) -> None:
    targets = [attributes["href"] for attributes in page.of("a")]
    assert targets
    assert [target for target in targets if target[0] != "#" or target[1:] not in page.ids] == []


def test_no_id_stands_twice(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))


def test_the_policy_allows_the_page_its_own_style_and_script_and_nothing_else() -> None:
    html = to_html(failed_deploy())
    own = [re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL) for tag in ("style", "script")]
    style, script = (base64.b64encode(hashlib.sha256(each[1].encode()).digest()).decode() for each in own if each)
    policies = [
        meta["content"] for meta in Page(html).of("meta") if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; "
        "form-action 'none'"
    ]


def test_the_style_loads_nothing() -> None:
    assert not re.search(r"url\(|@import|expression", to_html(good_deploy()))


@pytest.mark.parametrize("name", REPORTS)
def test_every_line_of_the_checklist_has_its_row_and_state(name: str) -> None:
    report = REPORTS[name]()
    html = to_html(report)
    for item in report.checklist:
        row = html[html.index(f'id="item-{item.item}"') :].partition("</tr>")[0]
        assert item.text in Page(row).text
        assert f"s-{item.state.value}" in row


@pytest.mark.parametrize("name", REPORTS)
def test_every_check_is_on_the_page(name: str) -> None:
    report = REPORTS[name]()
    assert {f"check-{verdict.check}" for verdict in report.verdicts} <= set(Page(to_html(report)).ids)


def test_hostile_text_is_shown_and_does_nothing() -> None:
    page = Page(to_html(failed_deploy()))
    assert page.text.count("<script>alert('x')</script>") > 10
    assert "</pre></details></body>" in page.text


def test_control_characters_and_direction_marks_are_gone() -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", to_html(failed_deploy()))


def test_evidence_extracts_are_shown() -> None:
    html = to_html(failed_deploy())
    assert "FATAL password authentication failed for user" in Page(html).text
    assert LOGS in html


def test_evidence_that_a_finding_names_but_nobody_kept_is_no_link() -> None:
    assert "sha256:nowhere" not in to_html(failed_deploy())


def test_it_has_headings_in_order_table_heads_and_a_way_to_skip(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all("scope" in head for head in page.of("th"))
    assert page.of("a")[0] == {"class": "skip", "href": "#checklist"}
    assert page.of("html") == [{"lang": "en"}]


def test_the_cause_its_evidence_and_its_remedy_come_first() -> None:
    text = Page(to_html(failed_deploy())).text
    cause = text.index("cannot log in to postgres")
    assert cause < text.index("password authentication failed") < text.index("write the password")
    assert text.index("write the password") < text.index("service unhealthy")


def test_a_bar_begins_where_its_step_began() -> None:
    bars = [rect for rect in Page(to_html(failed_deploy())).of("rect") if rect.get("class") not in ("rail", "band")]
    starts = [float(rect.get("x", "0").rstrip("%")) for rect in bars]
    assert starts[2] == starts[3] > starts[1] > starts[0] == 0, "two steps that began together stand under each other"


def test_bars_stay_on_their_rail() -> None:
    bars = [rect for rect in Page(to_html(failed_deploy())).of("rect") if rect.get("class") != "band"]
    for rect in bars:
        start, wide = (float(rect.get(name, "0").rstrip("%")) for name in ("x", "width"))
        assert start >= 0
        assert start + wide <= 100.01


def test_the_soak_is_charted_within_its_frame() -> None:
    page = Page(to_html(structs.replace(good_deploy(), traffic=None)))
    lines = page.of("polyline")
    drawn = [[tuple(map(float, point.split(","))) for point in line["points"].split()] for line in lines]
    assert [len(points) for points in drawn] == [240, 240, 10]
    for points in drawn:
        across = [x for x, _ in points]
        assert (across[0], across[-1]) == (0.0, 600.0)
        assert across == sorted(across)
        assert all(0 <= y <= 80 for _, y in points)
    assert [mark["x1"] for mark in page.of("line")] == ["400.0"]
    assert all(svg["aria-label"] for svg in page.of("svg") if svg.get("role") == "img")
    for words in ("no blocking check failed; watched 10 min 00 s", "60.0 MB", "62.0 MB", "limit 256.0 MB"):
        assert words in page.text


def test_a_short_soak_and_one_without_answers_have_no_chart() -> None:
    whole = good_deploy()
    assert whole.soak is not None and whole.soak.latency is not None
    failing = structs.replace(whole.soak.latency, course=(Stretch(2.0, 0, 40, 0.0, 0.0),) * 2)
    short = structs.replace(whole.soak, services=whole.soak.services[1:], latency=failing)
    page = Page(to_html(structs.replace(whole, soak=short)))
    assert "Soak" in page.text and page.of("polyline") == []


def test_a_report_without_a_soak_says_nothing_of_it() -> None:
    assert "Soak" not in Page(to_html(file_check())).text


def columns(page: Page, kind: str) -> list[tuple[float, float, float, float]]:
    """Left, top, width and height of the columns of a kind."""
    drawn = next(path["d"] for path in page.of("path") if path["class"] == kind)
    boxes = re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z", drawn)
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in boxes]


def with_course(course: TrafficCourse | None) -> Page:
    traffic = Traffic(1842, 3, 210.0, 4.2, 38.9, course=course)
    return Page(to_html(structs.replace(failed_deploy(), traffic=traffic)))


def test_the_requests_through_the_switch_are_charted_and_failures_stand_on_top() -> None:
    page = with_course(COURSE)
    answered, failed = columns(page, "answered"), columns(page, "failed")
    assert (len(answered), len(failed)) == (73, 1)
    (left, top, _, high), under = failed[0], answered[20]
    assert left == under[0] and top + high == pytest.approx(under[1], abs=0.11)
    assert high / under[3] == pytest.approx(3 / 17, rel=0.02)
    for x, y, wide, tall in (*answered, *failed):
        assert 0 <= x <= x + wide <= 600 and 0 <= y <= y + tall <= 80.1
    assert "at +20.0 s: 3 failed" in page.text
    assert any("1460 in all, 3 failed" in svg.get("aria-label", "") for svg in page.of("svg"))


@pytest.mark.parametrize(
    ("switch", "begin", "end"), [((20.0, 24.5), 164.4, 201.4), ((-5.0, 4.0), 0.0, 32.9), ((73.0, 90.0), 599.0, 600.0)]
)
def test_the_switch_is_shaded_where_it_was(switch: tuple[float, float], begin: float, end: float) -> None:
    page = with_course(structs.replace(COURSE, switch=switch))
    bands = [rect for rect in page.of("rect") if rect["class"] == "band"]
    assert len(bands) == 3
    left, wide = float(bands[0]["x"]), float(bands[0]["width"])
    assert left == pytest.approx(begin, abs=0.2)
    assert left + wide == pytest.approx(end, abs=0.2)


def test_without_a_course_or_an_answer_nothing_is_drawn_that_was_not_measured() -> None:
    assert with_course(None).of("path") == []
    silent = structs.replace(COURSE, stretches=(Stretch(1.0, 0, 20, 0.0, 0.0), Stretch(2.0, 0, 20, 0.0, 0.0)))
    page = with_course(silent)
    assert page.of("polyline") == [] and columns(page, "answered") == [] and len(columns(page, "failed")) == 2
    assert [
        rect for rect in with_course(structs.replace(COURSE, switch=None)).of("rect") if rect["class"] == "band"
    ] == []


def test_what_changed_is_told_and_nothing_changed_is_told_too() -> None:
    assert "111111111111 to 222222222222" in Page(to_html(failed_deploy())).text
    assert "Nothing: revision" in Page(to_html(structs.replace(failed_deploy(), changes=()))).text
    assert "What changed" not in Page(to_html(structs.replace(failed_deploy(), changes=None))).text


def test_every_table_has_a_caption_and_every_field_a_label(page: Page) -> None:
    assert len(page.of("caption")) == len(page.of("table")) > 2
    labels = {label["for"] for label in page.of("label")}
    assert [field["id"] for field in page.of("input") if field["id"] not in labels] == []
