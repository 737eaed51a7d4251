"""Images and how they start: each defect alone in a clean stack is found by the check meant, and by no other."""

from __future__ import annotations

from pathlib import Path

from tests.mutations._clean import Site
from tests.mutations._defects import (
    BACKEND,
    COMPOSE,
    Change,
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
HANDS_OVER = SCRIPT.format(last='exec "$@"')
CHMOD = "RUN chmod +x /usr/local/bin/start\n"


def entrypoint(text: str, copy: str = "COPY --chmod=0755 start /usr/local/bin/start\n", after: str = "") -> Change:
    """A start script of the backend: its text, the steps before USER, and those after it."""
    user = "USER 10001:10001\n"
    return all_of(
        add("backend/start", text),
        edit("backend/.dockerignore", ("!src\n", "!src\n!start\n")),
        edit(BACKEND, (user, f"{copy}{user}{after}"), ('CMD ["shop"]', 'ENTRYPOINT ["start"]\nCMD ["shop"]')),
    )


def executable(site: Site) -> None:
    """The script's own mode lets it be executed."""
    (site.root / "backend" / "start").chmod(0o755)
    site.commit()


def only_here(site: Site) -> None:
    """The script is executable on this machine, and git was told not to look at modes."""
    site.configure("core.fileMode", "false")
    (site.root / "backend" / "start").chmod(0o755)
    site.commit()


def next_route(folder: str) -> Change:
    """The panel is a Next.js project that answers its healthcheck in a folder of its routes."""
    locked = '    "node_modules/next": {"version": "15.5.2"},\n    "node_modules/@esbuild/aix-ppc64": {'
    return all_of(
        edit(
            "frontend/package.json", ('"devDependencies"', '"dependencies": {"next": "15.5.2"},\n  "devDependencies"')
        ),
        edit(
            "frontend/package-lock.json",
            ('"devDependencies"', '"dependencies": {"next": "15.5.2"},\n      "devDependencies"'),
            ('    "node_modules/@esbuild/aix-ppc64": {', locked),
        ),
        add(f"frontend/app/{folder}/route.ts", 'export const GET = () => new Response("ok");\n'),
        edit("frontend/.dockerignore", ("!src\n", "!src\n!app\n")),
        edit("frontend/Dockerfile", ("COPY src src\n", "COPY src src\nCOPY app app\n")),
        edit("frontend/health.js", ("/healthz", f"/{folder}")),
        edit(
            "frontend/Dockerfile",
            ('CMD ["node", "health.js"]', f'CMD ["wget", "-qO", "/dev/null", "http://127.0.0.1:3000/{folder}"]'),
        ),
    )


NODE_CMD = 'CMD ["node", "src/server.js"]'
INIT = "    init: true\n    env_file: [backend.env]"

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
        entrypoint(SCRIPT.format(last='"$@"')),
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
    Defect(
        "3",
        "a chmod after USER",
        "rust",
        entrypoint(HANDS_OVER, copy="COPY start /usr/local/bin/start\n", after=CHMOD),
        of("start-not-executable"),
        "as user 10001",
    ),
    Defect(
        "3",
        "a script that nothing makes executable",
        "rust",
        entrypoint(HANDS_OVER, copy="COPY start /usr/local/bin/start\n"),
        of("start-not-executable"),
        "backend/start",
    ),
    Defect(
        "3",
        "a script that is executable on this machine only",
        "rust",
        all_of(entrypoint(HANDS_OVER, copy="COPY start /usr/local/bin/start\n"), only_here),
        of("start-not-executable"),
        "backend/start",
    ),
    Defect(
        "10",
        "a route in a private folder, so that the login page answers",
        "node",
        next_route("_healthz"),
        of("healthcheck-wrong-target"),
        "_healthz",
    ),
    Defect(
        "F09",
        "nobody waits until the database is healthy",
        "node",
        edit(
            COMPOSE,
            (
                "      postgres: {condition: service_healthy}\n      redis",
                "      postgres: {condition: service_started}\n      redis",
            ),
        ),
        of("dependency-unordered"),
        "postgres",
    ),
    Defect(
        "F38",
        "limits that nobody set",
        "node",
        edit(COMPOSE, ("  cpus: 0.5\n  mem_limit: 128m\n", "")),
        of("resource-limits-missing"),
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
        entrypoint(HANDS_OVER),
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
    Twin(
        "3",
        "a chmod before USER",
        "rust",
        entrypoint(HANDS_OVER, copy=f"COPY start /usr/local/bin/start\n{CHMOD}"),
    ),
    Twin(
        "3",
        "a script that is executable in git",
        "rust",
        all_of(entrypoint(HANDS_OVER, copy="COPY start /usr/local/bin/start\n"), executable),
    ),
    Twin(
        "4", "a shell that hands over, behind an init", "node", edit(BACKEND, (NODE_CMD, "CMD exec node src/server.js"))
    ),
    Twin(
        "4",
        "an init in the image in place of Compose's",
        "node",
        all_of(
            edit(COMPOSE, (INIT, "    env_file: [backend.env]")),
            edit(
                BACKEND,
                (NODE_CMD, f'ENTRYPOINT ["tini", "--"]\n{NODE_CMD}'),
                ("\nWORKDIR /app\nENV", "\nRUN apk add --no-cache tini\nWORKDIR /app\nENV"),
            ),
        ),
    ),
    Twin(
        "6",
        "the image has the healthcheck",
        "rust",
        all_of(
            WITHOUT_HEALTH,
            edit(COMPOSE, ("{condition: service_started}", "{condition: service_healthy}")),
            edit(BACKEND, ("EXPOSE", 'HEALTHCHECK --interval=5s --start-period=15s CMD ["shop", "health"]\nEXPOSE')),
        ),
    ),
    Twin(
        "F08",
        "the program's port by another name of the host",
        "rust",
        edit(COMPOSE, ("http://127.0.0.1:3000/healthz", "http://localhost:3000/healthz")),
    ),
    Twin("10", "a route in a folder that is served", "node", next_route("healthz")),
    Twin(
        "F09",
        "the condition in its long form",
        "node",
        edit(
            COMPOSE,
            (
                "      postgres: {condition: service_healthy}\n      redis",
                "      postgres: {condition: service_healthy, restart: true}\n      redis",
            ),
        ),
    ),
    Twin(
        "F38",
        "limits in their newer form",
        "node",
        edit(
            COMPOSE,
            (
                "  cpus: 0.5\n  mem_limit: 128m\n  pids_limit: 64\n",
                "  deploy: {resources: {limits: {cpus: '0.5', memory: 512m, pids: 64}}}\n",
            ),
        ),
    ),
)


@each_of("defect", DEFECTS)
def test_a_defect_is_found_by_the_check_meant_and_by_no_other(defect: Defect, tmp_path: Path) -> None:
    expect_found(defect, tmp_path)


@each_of("twin", TWINS)
def test_a_clean_twin_raises_nothing(twin: Twin, tmp_path: Path) -> None:
    expect_nothing(twin, tmp_path)
