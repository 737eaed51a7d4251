"""package-cache-kept over package managers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flawless.checks.images.package_cache_kept import CHECK
from flawless.model.check import Outcome, Verdict

AskDockerfile = Callable[..., Verdict]

FAIL, PASS = Outcome.FAIL, Outcome.PASS


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ("RUN apt-get update && apt-get install -y curl", FAIL),
        ("RUN apt-get update && apt-get install -y curl\nRUN rm -rf /var/lib/apt/lists/*", FAIL),
        ("RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*", PASS),
        ("RUN --mount=type=cache,target=/var/lib/apt apt-get install -y curl", PASS),
        ("RUN apk add curl", FAIL),
        ("RUN apk add --no-cache curl", PASS),
        ("RUN pip install flask", FAIL),
        ("RUN pip install --no-cache-dir flask", PASS),
        ("ENV PIP_NO_CACHE_DIR=1\nRUN pip install flask", PASS),
        ("ENV PIP_NO_CACHE_DIR=0\nRUN pip install flask", FAIL),
        ("RUN npm ci && npm cache clean --force", PASS),
        ("RUN <<EOF\napt-get update\napt-get install -y curl\nrm -rf /var/lib/apt/lists/*\nEOF", PASS),
        ("RUN npm ci\nFROM debian:12\nCOPY --from=0 /a /a", PASS),
    ],
)
def test_a_cache_is_cleaned_in_the_layer_that_made_it(
    ask_dockerfile: AskDockerfile, steps: str, outcome: Outcome
) -> None:
    assert ask_dockerfile(CHECK, f"FROM debian:12\n{steps}").outcome is outcome
