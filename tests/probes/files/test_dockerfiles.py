"""Dockerfiles as the build reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flawless.model.dockerfile import Dockerfile
from flawless.model.keys import DOCKERFILE
from flawless.model.stack import Build, Origin
from flawless.probes.files._dockerfile import parse
from flawless.probes.files._shared import UnseenError
from tests.probes.files._world import APP, reason, value

HARD = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.12
ARG IMAGE=python:${VERSION}
FROM ${IMAGE} AS builder
RUN <<EOF
set -e
USER root
EOF
FROM builder AS mid
ENV A=1 API_TOKEN=CANARY-env
RUN --mount=type=cache,target=/x pip install \\
    x
FROM --platform=$BUILDPLATFORM debian:12
ARG NPM_TOKEN=CANARY-arg
COPY --from=mid --chown=1:1 /a /b
HEALTHCHECK --interval=5s CMD ["curl", "x"]
RUN curl http://u:CANARY-url@host/
ENTRYPOINT ["app"]
USER 10001
"""


def parsed(text: str, **build: object) -> Dockerfile:
    fields = {"context": "/c", "dockerfile": "/c/Dockerfile", "target": "", "args": (), "origin": Origin("c", 1)}
    return parse(text, "Dockerfile", Build(**{**fields, **build}))  # type: ignore[arg-type]


def test_stages_have_names_bases_parents_and_lines(tmp_path: Path) -> None:
    dockerfile = value(DOCKERFILE, {"compose.yaml": APP, "Dockerfile": HARD}, tmp_path)
    assert [(stage.name, stage.base, stage.parent, stage.line) for stage in dockerfile.stages] == [
        ("builder", "python:3.12", None, 4),
        ("mid", "builder", 0, 9),
        ("", "debian:12", None, 13),
    ]
    assert dockerfile.path == "Dockerfile"
    assert dockerfile.target == 2


def test_instructions_keep_their_lines_flags_forms_and_heredocs() -> None:
    builder, mid, final = parsed(HARD).stages
    assert builder.instructions[0].heredocs == ("set -e\nUSER root\n",)
    assert [step.name for step in builder.instructions] == ["RUN"]
    assert (mid.instructions[1].line, mid.instructions[1].flags) == (11, ("--mount=type=cache,target=/x",))
    health = next(step for step in final.instructions if step.name == "HEALTHCHECK")
    assert (health.args, health.flags) == (("CMD", "curl", "x"), ("--interval=5s",))
    entry = parsed(HARD).last("ENTRYPOINT")
    assert entry
    assert (entry.json_form, entry.args) == (True, ("app",))


def test_no_secret_of_a_dockerfile_is_kept() -> None:
    text = str(parsed(HARD))
    assert "CANARY" not in text
    assert "API_TOKEN" in text


def test_build_arguments_win_over_defaults(tmp_path: Path) -> None:
    compose = "services:\n  app:\n    build:\n      context: .\n      args: {VERSION: '3.9'}\n      target: mid\n"
    dockerfile = value(DOCKERFILE, {"compose.yaml": compose, "Dockerfile": HARD}, tmp_path)
    assert dockerfile.stages[0].base == "python:3.9"
    assert [stage.name for stage in dockerfile.lineage()] == ["builder", "mid"]


def test_a_named_dockerfile_in_a_folder_is_shown_relative_to_the_stack(tmp_path: Path) -> None:
    compose = "services:\n  app:\n    build: {context: app, dockerfile: docker/prod.Dockerfile}\n"
    dockerfile = value(DOCKERFILE, {"compose.yaml": compose, "app/docker/prod.Dockerfile": "FROM x"}, tmp_path)
    assert dockerfile.path == "app/docker/prod.Dockerfile"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot read Dockerfile: No such file"),
        ("", "Dockerfile"),
        ("# nothing", "Dockerfile"),
        ("RUN x", "no FROM"),
        ("FROM x\nRUN <<EOF\nno end", "Dockerfile:2"),
        ("\x00\x01garbage", "Dockerfile:1 cannot be read: unknown instruction: ??garbage"),
    ],
)
def test_a_dockerfile_that_cannot_be_read_is_unknown_with_its_reason(
    text: str | None, words: str, tmp_path: Path
) -> None:
    files = {"compose.yaml": APP, **({} if text is None else {"Dockerfile": text})}
    assert words in reason(DOCKERFILE, files, tmp_path)


def test_a_stage_that_does_not_exist_is_unknown(tmp_path: Path) -> None:
    compose = "services:\n  app:\n    build: {context: ., target: nope}\n"
    assert "no stage nope" in reason(DOCKERFILE, {"compose.yaml": compose, "Dockerfile": "FROM x"}, tmp_path)


def test_an_image_from_elsewhere_has_no_dockerfile(tmp_path: Path) -> None:
    assert "not built here" in reason(DOCKERFILE, {"compose.yaml": "services:\n  app: {image: x}"}, tmp_path)


def test_a_remote_build_is_unknown(tmp_path: Path) -> None:
    remote = "services:\n  app:\n    build: https://example.test/app.git\n"
    assert "not on this machine" in reason(DOCKERFILE, {"compose.yaml": remote}, tmp_path)


@given(st.text(alphabet="FROMRUNCPYA =<${}\"'\\\n:[],x#-", max_size=80))
def test_any_text_is_a_dockerfile_or_a_reason(text: str) -> None:
    for whole in (text, f"FROM x\n{text}"):
        try:
            parsed(whole)
        except UnseenError as error:
            assert error.what
