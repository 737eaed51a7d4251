"""init-missing over start commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flawless.checks.images.init_missing import CHECK
from flawless.model.check import Outcome, Verdict
from flawless.model.stack import Role

AskDockerfile = Callable[..., Verdict]

FAIL, PASS, UNKNOWN, SKIP = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE

DUMB = 'ENTRYPOINT ["dumb-init", "--"]\n'


@pytest.mark.parametrize(
    ("steps", "changes", "outcome"),
    [
        ('CMD ["python", "app.py"]', {}, FAIL),
        ("USER 7", {}, FAIL),
        ('CMD ["python", "app.py"]', {"init": True}, PASS),
        (f'{DUMB}CMD ["python", "app.py"]', {}, PASS),
        ('ENTRYPOINT ["/usr/bin/tini", "--"]', {}, PASS),
        (f'{DUMB}CMD ["app"]', {"entrypoint": ("app",)}, FAIL),
        ('CMD ["app"]', {"entrypoint": ("/sbin/tini", "--", "app")}, PASS),
        ('CMD ["nginx", "-g", "daemon off;"]', {}, SKIP),
        ('CMD ["app"]', {"role": Role.JOB}, SKIP),
        ("USER 7", {"build": None, "image": "postgres:16"}, SKIP),
        ("USER 7", {"build": None, "image": "postgres:16", "command": ("postgres", "-c", "a=b")}, SKIP),
        ("USER 7", {"build": None, "image": "shop/app:1"}, UNKNOWN),
    ],
)
def test_an_init_or_a_server_is_pid_1(
    ask_dockerfile: AskDockerfile, steps: str, changes: dict[str, Any], outcome: Outcome
) -> None:
    assert ask_dockerfile(CHECK, f"FROM python:3.12\n{steps}", **changes).outcome is outcome
