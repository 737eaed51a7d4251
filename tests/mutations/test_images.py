"""Images and how they start: each defect alone in a clean stack is found by the check meant, and by no other."""

from __future__ import annotations

from pathlib import Path

from tests.mutations._defects import (
    BACKEND,
    COMPOSE,
    Defect,
    Twin,
    add,
    all_of,
    each_of,
    edit,
    expect_found,
    expect_nothing,
    of,
)

WITHOUT_HEALTH = edit(
    COMPOSE,
    (
        '    healthcheck:\n      test: ["CMD", "shop", "health"]\n      interval: 5s\n'
        "      timeout: 3s\n      retries: 3\n      start_period: 15s\n",
        "",
    ),
    ("      backend: {condition: service_healthy}\n", "      backend: {condition: service_started}\n"),
)
SCRIPT = "#!/bin/sh\nset -e\n/usr/bin/shop migrate\n{last}\n"
ENTRYPOINT = edit(
    BACKEND,
    ("USER 10001:10001\n", "COPY --chmod=0755 start /usr/local/bin/start\nUSER 10001:10001\n"),
    ('CMD ["shop"]', 'ENTRYPOINT ["start"]\nCMD ["shop"]'),
)

DEFECTS = (
    Defect("2", "no USER", "node", edit(BACKEND, ("USER 1000:1000\n", "")), of("runs-as-root")),
    Defect(
        "2",
        "USER of the builder only",
        "node",
        edit(BACKEND, ("USER 1000:1000\n", ""), ("RUN npm ci", "USER 1000\nRUN npm ci")),
        of("runs-as-root"),
    ),
    Defect(
        "4",
        "no init, a shell in front",
        "node",
        all_of(
            edit(COMPOSE, ("    init: true\n    env_file: [backend.env]", "    env_file: [backend.env]")),
            edit(BACKEND, ('CMD ["node", "src/server.js"]', "CMD node src/server.js")),
        ),
        of("signals-swallowed", "init-missing"),
    ),
    Defect(
        "5",
        "an entrypoint without exec",
        "rust",
        all_of(add("backend/start", SCRIPT.format(last='"$@"')), ENTRYPOINT),
        of("signals-swallowed"),
        "backend/start",
    ),
    Defect("6", "no healthcheck", "rust", WITHOUT_HEALTH, of("healthcheck-missing")),
    Defect(
        "8 F07",
        "a pipe hides the answer",
        "rust",
        edit(
            COMPOSE,
            (
                'test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/healthz"]',
                "test: wget -qO- http://127.0.0.1:3000/healthz | head -1 || exit 1",
            ),
        ),
        of("healthcheck-cannot-fail"),
    ),
    Defect(
        "11",
        "no time to start",
        "rust",
        edit(COMPOSE, ("      retries: 3\n      start_period: 15s", "      retries: 1\n      start_period: 0s")),
        of("healthcheck-too-tight"),
    ),
    Defect(
        "F08",
        "another port than the program's",
        "rust",
        edit(COMPOSE, ("http://127.0.0.1:3000/healthz", "http://127.0.0.1:3001/healthz")),
        of("healthcheck-wrong-target"),
        "3001",
    ),
)

TWINS = (
    Twin(
        "2",
        "a user by number in an argument",
        "node",
        edit(BACKEND, ("USER 1000:1000\n", "ARG UID=1000\nUSER ${UID}:${UID}\n")),
    ),
    Twin(
        "5",
        "an entrypoint that becomes the program",
        "rust",
        all_of(add("backend/start", SCRIPT.format(last='exec "$@"')), ENTRYPOINT),
    ),
    Twin(
        "8 F07",
        "a pipe that fails as a whole",
        "rust",
        edit(
            COMPOSE,
            (
                'test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/healthz"]',
                "test: set -o pipefail; wget -qO- http://127.0.0.1:3000/healthz | head -1",
            ),
        ),
    ),
    Twin(
        "11",
        "patience in place of a start period",
        "rust",
        edit(COMPOSE, ("      retries: 3\n      start_period: 15s", "      retries: 6")),
    ),
)


@each_of("defect", DEFECTS)
def test_a_defect_is_found_by_the_check_meant_and_by_no_other(defect: Defect, tmp_path: Path) -> None:
    expect_found(defect, tmp_path)


@each_of("twin", TWINS)
def test_a_clean_twin_raises_nothing(twin: Twin, tmp_path: Path) -> None:
    expect_nothing(twin, tmp_path)
