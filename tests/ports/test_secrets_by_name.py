"""The masker tells which secret a text holds, and never how it reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.ports.engine import LogLine
from flawless.ports.mask import Masker
from flawless.probes.live.logs import given_away

TOKEN, PASSWORD, WORDS, JWT = "q7Zr2Kx9pV4mT8sL1nBd6", "hunter22", "correct-horse-battery", "eyJhbGci1iJIUzI1NiJ9.x.y1"
NAMES = {TOKEN: "API_TOKEN", PASSWORD: "DB_PASSWORD", WORDS: "JWT_SECRET", JWT: "SERVICE_JWT", "abc": "SHORT"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"token={TOKEN}", {"API_TOKEN": False}),
        (f"Bearer {TOKEN[:8]}…", {"API_TOKEN": True}),
        (f"{TOKEN[:8]} and {TOKEN}", {"API_TOKEN": False}),
        (f"postgres://app:{PASSWORD}@db/app", {"DB_PASSWORD": False}),
        (f'{{"password":"{PASSWORD}"}}', {"DB_PASSWORD": False}),
        (f"{PASSWORD} {TOKEN}", {"DB_PASSWORD": False, "API_TOKEN": False}),
        (f"cloud{PASSWORD}", {}),
        (f"{PASSWORD}nd", {}),
        ("hunter2", {}),
        ("correct-way", {}),  # words belong to other texts too
        ("eyJhbGci0thertoken", {}),  # so every token begins
        ("abc", {}),
        ("", {}),
    ],
)
def test_what_a_line_gives_away(text: str, wanted: dict[str, bool]) -> None:
    masker = Masker()
    masker.learn_names(NAMES)
    assert masker.given_away(text) == wanted


def test_a_masker_without_names_sees_nothing_and_masks_all_the_same() -> None:
    masker = Masker([TOKEN])
    assert masker.given_away(TOKEN) == {}
    assert TOKEN not in masker.mask(TOKEN)


def test_a_secret_with_a_name_is_masked_too() -> None:
    masker = Masker()
    masker.learn_names(NAMES)
    assert masker.mask(f"a {TOKEN} b {WORDS}") == "a ••• b •••"


def test_lines_are_counted_and_the_first_time_is_kept() -> None:
    masker = Masker()
    masker.learn_names(NAMES)
    lines = [LogLine("stdout", at, text) for at, text in enumerate(("up", f"is {TOKEN[:8]}", TOKEN, f"at {TOKEN}"))]
    (found,) = given_away(lines, masker)
    assert (found.name, found.at, found.count, found.beginning) == ("API_TOKEN", 2, 3, False)
    assert given_away(lines[:2], masker)[0].beginning is True
    assert given_away(lines[:1], masker) == ()


@given(st.text(), st.dictionaries(st.text(min_size=6, max_size=30), st.just("NAME"), max_size=4))
def test_no_text_and_no_secret_breaks_the_search(text: str, secrets: dict[str, str]) -> None:
    masker = Masker()
    masker.learn_names(secrets)
    assert set(masker.given_away(text)) <= {"NAME"}
    for secret in secrets:
        if len(secret.strip()) >= 6:
            assert masker.given_away(f"- {secret.strip()} -") or not secret.strip()
