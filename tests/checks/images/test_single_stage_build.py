"""single-stage-build over stages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flawless.checks.images.single_stage_build import CHECK
from flawless.model.check import Outcome, Verdict

AskDockerfile = Callable[..., Verdict]

FAIL, PASS = Outcome.FAIL, Outcome.PASS


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("FROM golang:1.23\nRUN go build -o /app .", FAIL),
        ("FROM rust:1.83\nCOPY app /app", FAIL),
        ("FROM eclipse-temurin:21-jdk\nCOPY app.jar /", FAIL),
        ("FROM eclipse-temurin:21-jre\nCOPY app.jar /", PASS),
        ("FROM debian:12\nRUN apt-get update && apt-get install -y gcc python3", FAIL),
        ("FROM debian:12\nRUN apt-get install -y gcc && pip install x && apt-get purge -y gcc", PASS),
        ("FROM node:22\nCOPY . .\nRUN npm ci && npm run build", FAIL),
        ("FROM node:22\nRUN npm ci --omit=dev\nCOPY . .", PASS),
        ("FROM python:3.12-slim\nRUN pip install --no-cache-dir -r requirements.txt", PASS),
        ("FROM nginx:1.27\nCOPY public /usr/share/nginx/html", PASS),
        ("FROM node:22 AS build\nRUN npm run build\nFROM nginx:1.27\nCOPY --from=build /dist /srv", PASS),
        ("FROM debian:12\nRUN apt-get install -y makedev libgcc-s1", PASS),
        ("FROM build AS a\nRUN make\nFROM a", FAIL),
    ],
)
def test_the_shipped_stage_compiles_nothing(ask_dockerfile: AskDockerfile, text: str, outcome: Outcome) -> None:
    assert ask_dockerfile(CHECK, text).outcome is outcome
