"""What the tests of checks share: one question about a service built from a Dockerfile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flawless.model.check import Check, Level, Verdict
from flawless.model.facts import known
from flawless.model.keys import DOCKERFILE
from flawless.model.stack import Build
from flawless.probes.files._dockerfile import parse
from flawless.testing import samples
from flawless.testing.ask import ask

PATH = "app/Dockerfile"


AskDockerfile = Callable[..., Verdict]


@pytest.fixture
def ask_dockerfile() -> AskDockerfile:
    """Ask a check, at level files, about one service ``app`` that is built from a Dockerfile of the given text.

    Keyword arguments replace fields of the service.
    """

    def question(check: Check, text: str, **changes: Any) -> Verdict:
        build = Build("/sample/app", f"/sample/{PATH}", "", (), samples.HERE)
        service = samples.service("app", **{"build": build, "user": "", "health": None, **changes})
        fact = known(DOCKERFILE, "service:app", parse(text, PATH, service.build or build))
        return ask(check, Level.FILES, stack=samples.stack(service), facts=[fact])

    return question
