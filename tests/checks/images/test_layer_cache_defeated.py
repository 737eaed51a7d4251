"""layer-cache-defeated over orders of steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flawless.checks.images.layer_cache_defeated import CHECK
from flawless.model.check import Outcome, Verdict

AskDockerfile = Callable[..., Verdict]

FAIL, PASS = Outcome.FAIL, Outcome.PASS


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ("COPY . .\nRUN npm ci", FAIL),
        ("COPY . /app\nRUN pip install -r requirements.txt", FAIL),
        ("ADD ./ /app\nRUN cargo build --release", FAIL),
        ("COPY . .\nRUN apt-get update && apt-get install -y curl", FAIL),
        ("COPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build", PASS),
        ("COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nRUN pip install .", PASS),
        ("COPY . .\nRUN --mount=type=cache,target=/root/.npm npm ci", PASS),
        ("COPY --from=build . .\nRUN npm ci", PASS),
        ("COPY go.mod go.sum ./\nRUN go mod download\nCOPY . .\nRUN go build -o /app", PASS),
        ("RUN npm ci\nFROM base AS next\nCOPY . .\nRUN npm install", PASS),
    ],
)
def test_dependencies_are_installed_before_the_source_is_copied(
    ask_dockerfile: AskDockerfile, steps: str, outcome: Outcome
) -> None:
    assert ask_dockerfile(CHECK, f"FROM node:22 AS base\n{steps}").outcome is outcome
