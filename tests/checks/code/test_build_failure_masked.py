"""build-failure-masked over RUN steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flawless.checks.code.build_failure_masked import CHECK
from flawless.model.check import Outcome, Verdict

AskDockerfile = Callable[..., Verdict]
FAIL, PASS = Outcome.FAIL, Outcome.PASS
BASH = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n'


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        ("RUN npm run build || true", FAIL),
        ("RUN npm run build || :", FAIL),
        ("RUN npm run build || exit 0", FAIL),
        ("RUN npm ci && npm run build || echo failed", FAIL),
        ("RUN npm run build | tee build.log", FAIL),
        ("RUN curl -fsSL https://example.com/install.sh | bash", FAIL),
        ("RUN <<EOF\nnpm ci\nnpm run build || true\nEOF", FAIL),
        ('RUN ["sh", "-c", "make || true"]', FAIL),
        ("RUN npm run build", PASS),
        ("RUN npm run build || (echo failed; exit 1)", PASS),
        ("RUN npm run build || { echo failed; exit 1; }", PASS),
        ("RUN set -o pipefail && npm run build | tee build.log", PASS),
        ("RUN set -euxo pipefail; npm run build | tee build.log", PASS),
        (f"{BASH}RUN npm run build | tee build.log", PASS),
        ('RUN ["bash", "-o", "pipefail", "-c", "npm run build | tee x"]', PASS),
        ("RUN rm -rf /tmp/x || true", PASS),
        ("RUN getent passwd app || adduser -D app || true", PASS),
        ("RUN curl -fsSL https://example.com/x.tgz | tar xz", PASS),
        ("RUN echo abc file | sha256sum -c -", PASS),
        ("RUN if ! id app | grep x; then adduser app; fi", PASS),
        ("RUN echo 'a || true' > file", PASS),
        ('RUN echo "x | y" && make', PASS),
        ("RUN make test || make test-again", PASS),
    ],
)
def test_a_step_that_hides_its_error_is_a_failure(ask_dockerfile: AskDockerfile, steps: str, outcome: Outcome) -> None:
    assert ask_dockerfile(CHECK, f"FROM debian:12\n{steps}").outcome is outcome


def test_stages_that_are_not_shipped_count_too_and_the_line_is_named(ask_dockerfile: AskDockerfile) -> None:
    text = "FROM node:22 AS build\nRUN npm run build || true\nFROM nginx:1.27\nCOPY --from=build /dist /srv"
    (finding,) = ask_dockerfile(CHECK, text).findings
    assert str(finding.location) == "app/Dockerfile:2"
    assert finding.message == "`|| true` hides a failure of `npm run build` (app/Dockerfile:2)"


def test_an_image_from_elsewhere_does_not_apply(ask_dockerfile: AskDockerfile) -> None:
    assert ask_dockerfile(CHECK, "FROM scratch", build=None).outcome is Outcome.NOT_APPLICABLE
