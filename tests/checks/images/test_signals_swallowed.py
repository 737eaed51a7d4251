"""signals-swallowed over start commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flawless.checks.images.signals_swallowed import CHECK
from flawless.model.check import Outcome, Verdict
from flawless.model.stack import Role

AskDockerfile = Callable[..., Verdict]

FAIL, PASS, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE

DUMB = 'ENTRYPOINT ["dumb-init", "--"]\n'


@pytest.mark.parametrize(
    ("steps", "changes", "outcome"),
    [
        ("CMD python app.py", {}, FAIL),
        ("CMD ;", {}, FAIL),
        ("RUN --network=none true", {"command": ("bash", "run.sh")}, PASS),
        ("CMD exec python app.py", {}, PASS),
        ('CMD ["python", "app.py"]', {}, PASS),
        ("ENTRYPOINT python app.py", {}, FAIL),
        ('ENTRYPOINT ["sh", "-c", "prepare && app"]', {}, FAIL),
        ('ENTRYPOINT ["sh", "-c", "prepare && exec app"]', {}, PASS),
        ('CMD ["/bin/bash", "-euc", "app"]', {}, FAIL),
        (f"{DUMB}CMD python app.py", {}, PASS),
        ('ENTRYPOINT ["tini", "--"]\nCMD python app.py', {}, FAIL),
        ('ENTRYPOINT ["tini", "-g", "--"]\nCMD python app.py', {}, PASS),
        ("CMD python app.py", {"init": True}, FAIL),
        ("CMD python app.py", {"command": ("python", "app.py")}, PASS),
        ("CMD python app.py", {"entrypoint": ("/app",)}, PASS),
        ('CMD ["app"]', {"command": ("sh", "-c", "migrate; app")}, FAIL),
        ("CMD trap 'kill $!' TERM; app & wait", {}, PASS),
        ("CMD python app.py", {"role": Role.JOB}, SKIP),
        ("USER 7", {}, SKIP),
        ("USER 7", {"build": None, "command": ("sh", "-c", "app")}, FAIL),
        ("USER 7", {"build": None, "command": ("redis-server", "--save", "")}, PASS),
    ],
)
def test_no_shell_keeps_the_signals(
    ask_dockerfile: AskDockerfile, steps: str, changes: dict[str, Any], outcome: Outcome
) -> None:
    assert ask_dockerfile(CHECK, f"FROM python:3.12\n{steps}", **changes).outcome is outcome
