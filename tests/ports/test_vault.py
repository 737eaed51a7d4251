"""What is sealed here can be opened here, and nowhere else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from flawless.errors import UsageError
from flawless.ports.files import RealFiles
from flawless.ports.vault import Vault

CANARY = '{"POSTGRES_PASSWORD": "canary-9f2c", "note": "grüße"}'


def vault(path: Path) -> Vault:
    return Vault(path, RealFiles())


def test_what_is_sealed_is_opened_again_also_by_a_later_run(tmp_path: Path) -> None:
    token = vault(tmp_path / "key").seal(CANARY)
    assert vault(tmp_path / "key").unseal(token) == CANARY


def test_the_sealed_text_shows_nothing_and_never_looks_the_same(tmp_path: Path) -> None:
    one, two = (vault(tmp_path / "key").seal(CANARY) for _ in range(2))
    assert "canary" not in one
    assert one != two


def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    vault(tmp_path / "key").seal("x")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_another_machine_s_key_is_refused_with_a_sentence(tmp_path: Path) -> None:
    token = vault(tmp_path / "mine").seal(CANARY)
    vault(tmp_path / "theirs").seal("x")
    with pytest.raises(UsageError, match="sealed with another key") as caught:
        vault(tmp_path / "theirs").unseal(token)
    assert caught.value.where == str(tmp_path / "theirs")
    assert "canary" not in str(caught.value)


def test_without_a_key_nothing_is_opened_and_none_is_made(tmp_path: Path) -> None:
    token = vault(tmp_path / "mine").seal(CANARY)
    with pytest.raises(UsageError, match="cannot read"):
        vault(tmp_path / "none").unseal(token)
    assert not (tmp_path / "none").exists()


def test_a_sealed_text_that_was_changed_is_refused(tmp_path: Path) -> None:
    token = vault(tmp_path / "key").seal(CANARY)
    changed = token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]
    with pytest.raises(UsageError):
        vault(tmp_path / "key").unseal(changed)


def test_a_damaged_key_is_a_sentence_both_ways(tmp_path: Path) -> None:
    token = vault(tmp_path / "key").seal(CANARY)
    (tmp_path / "key").write_text("half a ke")
    with pytest.raises(UsageError):
        vault(tmp_path / "key").unseal(token)
    with pytest.raises(UsageError, match="damaged") as caught:
        vault(tmp_path / "key").seal(CANARY)
    assert caught.value.where == str(tmp_path / "key")


def test_a_fingerprint_is_the_same_for_the_same_content_and_key_only(tmp_path: Path) -> None:
    mine, theirs = vault(tmp_path / "mine"), vault(tmp_path / "theirs")
    assert mine.fingerprint(b"x") == vault(tmp_path / "mine").fingerprint(b"x")
    assert len({mine.fingerprint(b"x"), mine.fingerprint(b"y"), theirs.fingerprint(b"x")}) == 3
    assert mine.fingerprint(b"x").startswith("hmac-sha256:")
