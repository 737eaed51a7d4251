"""No secret leaves: known values, passwords of URLs, and evidence of the masked text only."""

from __future__ import annotations

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.model.stack import MASK
from flawless.ports.mask import Masker

TYPED = string.ascii_letters + string.digits + string.punctuation + " \t\näß€😀"
# Few characters, so that secrets overlap, hold one another and stand in the text by chance.
FEW = st.text("ab", min_size=6, max_size=9)
SECRETS = st.lists(st.one_of(FEW, st.text(TYPED, min_size=6, max_size=40)), max_size=5)


@pytest.mark.parametrize(
    ("secrets", "text", "masked"),
    [
        (["hunter22"], "password is hunter22!", f"password is {MASK}!"),
        (["hunter22"], "hunter22hunter22", f"{MASK}{MASK}"),
        (["hunter22", "hunter22-long"], "it is hunter22-long", f"it is {MASK}"),
        (["hunter22\n"], "it is hunter22", f"it is {MASK}"),
        (["two words"], "it is two words", f"it is {MASK}"),
        (["short", "  abc  "], "short abc", "short abc"),
        ([""], "nothing", "nothing"),
        (["hunter22"], "Hunter22", "Hunter22"),
    ],
    ids=["one", "twice", "longest-first", "line-end", "space-inside", "under-six", "empty", "case"],
)
def test_known_secrets_are_taken_out(secrets: list[str], text: str, masked: str) -> None:
    assert Masker(secrets).mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgres://app:pw@db:5432/app", f"postgres://app:{MASK}@db:5432/app"),
        ("redis://:pw@cache", f"redis://:{MASK}@cache"),
        ("amqp://u:p@ss@mq/vhost", f"amqp://u:{MASK}@mq/vhost"),
        ("amqp://u:p:w@mq", f"amqp://u:{MASK}@mq"),
        ("a://u:one@x b://u:two@y", f"a://u:{MASK}@x b://u:{MASK}@y"),
        ("http://web:8081/health?to=a@b.example", "http://web:8081/health?to=a@b.example"),
        ("https://web/ mail me@example.test", "https://web/ mail me@example.test"),
        ("ssh://git@example.test/x", "ssh://git@example.test/x"),
    ],
)
def test_the_password_of_any_url_is_taken_out(text: str, masked: str) -> None:
    assert Masker().mask(text) == masked


def test_a_secret_learned_later_is_masked_from_then_on() -> None:
    masker = Masker()
    before = masker.mask("hunter22")
    masker.learn(["hunter22"])
    assert (before, masker.mask("hunter22")) == ("hunter22", MASK)


@given(SECRETS, st.lists(st.text(TYPED, max_size=20), min_size=6, max_size=6), st.text("ab", max_size=30))
def test_no_secret_of_six_characters_is_ever_left(secrets: list[str], between: list[str], noise: str) -> None:
    known = [secret for secret in secrets if len(secret.strip()) >= 6]
    text = noise + "".join(a + b for a, b in zip(between, [*secrets, *[""] * 6], strict=False))
    masked = Masker(secrets).mask(text)
    assert [secret for secret in known if secret.strip() in masked] == []


@given(st.text(TYPED, max_size=200))
def test_text_without_a_url_is_left_alone_when_nothing_is_secret(text: str) -> None:
    assert "://" in text or Masker().mask(text) == text


def test_evidence_is_made_of_the_masked_text_only() -> None:
    output = "first\n" + "x" * 2_000 + "\nlogin with hunter22 failed\n"
    found = Masker(["hunter22"]).evidence("psql postgres://a:pw@db hunter22", 1, output, 5.0, 0.12345)
    masked = output.replace("hunter22", MASK)
    assert found.what == f"psql postgres://a:{MASK}@db {MASK}"
    assert found.digest == f"sha256:{hashlib.sha256(masked.encode()).hexdigest()}"
    assert found.extract.endswith(f"login with {MASK} failed")
    assert len(found.extract) <= 2_000
    assert (found.status, found.at, found.seconds) == ("1", 5.0, 0.123)
