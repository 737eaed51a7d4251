"""Markdown for a pull request."""

from __future__ import annotations

from markdown_it import MarkdownIt
from msgspec import structs

from flawless.model.check import Finding, Outcome, Severity
from flawless.model.fix import Fix
from flawless.model.stack import Origin
from flawless.report.as_markdown import escape, to_markdown

from .formats import of, verdict
from .sample import failed_deploy, good_deploy

READER = MarkdownIt("commonmark", {"html": True}).enable("table")


def test_the_verdict_comes_first_then_the_cause_and_one_table() -> None:
    text = to_markdown(failed_deploy())
    assert text.startswith("## ❌ NO GO: ")
    assert 0 < text.index("**Root cause:**") < text.index("| | check |")
    assert text.count("|---|---|---|---|---|") == 1
    assert to_markdown(good_deploy()).startswith("## ✅ GO: ")


def test_a_check_of_many_services_is_one_row() -> None:
    findings = [
        Finding(f"service:s{number}", Outcome.FAIL, "is root", "add USER", Origin("compose.yaml", number + 1))
        for number in range(30)
    ]
    rows = [line for line in to_markdown(of(verdict("runs-as-root", *findings))).splitlines() if line[:2] == "| "]
    assert len(rows) == 2
    assert "s0, s1, s2, s3, s4 and 25 more" in rows[1] and rows[1].count("add USER") == 1


def test_every_finding_and_every_line_of_the_checklist_is_folded_away() -> None:
    html = READER.render(to_markdown(failed_deploy()))
    assert html.count("<details>") == html.count("</details>") == 3


def test_every_row_has_as_many_cells_as_the_head() -> None:
    bad = verdict("runs-as-root", Finding("service:a|b", Outcome.FAIL, "x | y \\| z", "do | it"))
    html = READER.render(to_markdown(of(bad)))
    assert (html.count("<th>"), html.count("<td>")) == (5, 5)
    assert "x | y \\| z" in html


def test_a_fix_is_pointed_out() -> None:
    report = of(verdict("runs-as-root", Finding("service:app", Outcome.FAIL, "m"), severity=Severity.WARN))
    fix = Fix("runs-as-root", "service:app", "compose.yaml", "x", ())
    assert "`flawless fix` writes it" in to_markdown(structs.replace(report, fixes=(fix,)))


def test_escaped_text_reads_as_it_is_written() -> None:
    text = "1. *a* _b_ [c](d) <e> &amp; `f` # @g https://h.test ~~i~~ | \\ ![j] - k + l = m ^n^ $o$"
    assert READER.renderInline(escape(text)) == text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
