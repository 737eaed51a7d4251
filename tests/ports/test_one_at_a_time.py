"""A file that is held by one process at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.errors import RefusedError, UsageError
from flawless.ports.hold import held


def test_who_comes_second_is_refused_and_who_comes_later_is_not(tmp_path: Path) -> None:
    path = tmp_path / "state" / "lock"
    with (
        held(path, "a rehearsal goes on"),
        pytest.raises(RefusedError, match="a rehearsal goes on already"),
        held(path, "a rehearsal goes on"),
    ):
        pytest.fail("it was held twice")
    with held(path, "a rehearsal goes on"):
        assert path.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"), held(tmp_path / "file" / "lock", "it goes on"):
        pytest.fail("it was held")
