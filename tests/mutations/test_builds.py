"""Builds, scripts and migrations: each defect alone in a clean stack is found by the check meant, and by no other."""

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
    remove,
)

FRONTEND = "frontend/Dockerfile"
PULLED = "node:22-alpine@sha256:16e22a550f3863206a3f701448c45f7912c6896a62de43add43bb9c86130c3e2\nRUN rm"
SQLX = """\

[[package]]
name = "sqlx"
version = "0.8.6"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "1fefb893899429669dcdd979aff487bd78f4064e5e7907e4269081e0ef7d97dc"
"""
QUERY = """\

pub async fn orders(pool: &sqlx::PgPool) -> Option<i64> {
    sqlx::query_scalar!("select count(*) from orders").fetch_one(pool).await.ok()?
}
"""
CHECKED_QUERY = all_of(
    edit("backend/Cargo.toml", ("[profile.release]", '[dependencies]\nsqlx = "0.8"\n\n[profile.release]')),
    edit("backend/Cargo.lock", ('version = "0.1.0"\n', f'version = "0.1.0"\ndependencies = [\n "sqlx",\n]\n{SQLX}')),
    edit("backend/src/settings.rs", ("fn secret(path", f"{QUERY.lstrip()}\nfn secret(path")),
)
STOPS = "psql -X -1 -v ON_ERROR_STOP=1 -f"
MIGRATION = "backend/migrations/0002_customer.sql"


def script(*lines: str, shell: str = "sh") -> Change:
    """A script of the team."""
    return add("bin/work", "\n".join((f"#!/bin/{shell}", "set -e", *lines, "")))


def renamed(site: Site) -> None:
    """The folder of the backend has another name, and git knows it."""
    (site.root / "backend").rename(site.root / "api")
    site.commit()


def ignored(pattern: str, *files: str) -> Change:
    """Files that are there, and a .gitignore that keeps them out of git."""

    def change(site: Site) -> None:
        site.write(".gitignore", f"{site.text('.gitignore')}{pattern}\n")
        for name in files:
            site.write(name, site.text(name) if (site.root / name).exists() else "<svg/>\n")
        site.forget(*files)
        site.commit()

    return change


def installs_with(command: str) -> Change:
    """The backend has a lock of pnpm's, and its image is installed by that command."""
    return all_of(
        remove("backend/package-lock.json"),
        add(
            "backend/pnpm-lock.yaml",
            "lockfileVersion: '9.0'\n\npackages:\n\n  pg@8.16.3:\n    resolution: {}\n\n"
            "  redis@5.8.2:\n    resolution: {}\n",
        ),
        edit("backend/.dockerignore", ("!package-lock.json", "!pnpm-lock.yaml")),
        edit(
            BACKEND, ("package-lock.json", "pnpm-lock.yaml"), ("npm ci --omit=dev && npm cache clean --force", command)
        ),
    )


COPIES_ASSETS = all_of(
    edit(FRONTEND, ("COPY public /srv/public\n", "COPY public /srv/public\nCOPY assets /srv/public/assets\n")),
    edit("frontend/.dockerignore", ("!public\n", "!public\n!assets\n")),
)

DEFECTS = (
    Defect(
        "1 F01",
        "the source is older than the stub",
        "rust",
        edit(BACKEND, ("touch src/main.rs && ", "")),
        of("stub-build-shipped"),
    ),
    Defect(
        "F03",
        "the program's path in the manifest has moved",
        "rust",
        edit("backend/Cargo.toml", ("[profile", '[[bin]]\nname = "shop"\npath = "src/main_demo.rs"\n\n[profile')),
        of("build-input-untracked"),
        "backend/src/main_demo.rs",
    ),
    Defect(
        "F23",
        "a query that is checked when it is compiled",
        "rust",
        CHECKED_QUERY,
        of("query-macro-without-data"),
        "backend/src/settings.rs",
    ),
    Defect(
        "F24",
        "a source that git ignores",
        "rust",
        all_of(ignored("assets/", "frontend/assets/logo.svg"), COPIES_ASSETS),
        of("build-input-untracked"),
        "git ignores it",
    ),
    Defect(
        "F24",
        "a lock that git ignores",
        "node",
        ignored("package-lock.json", "backend/package-lock.json"),
        of("build-input-untracked", "lockfile-missing"),
        "backend/package-lock.json",
    ),
    Defect(
        "F24",
        "a source that the .dockerignore keeps out",
        "node",
        edit("backend/.dockerignore", ("!migrations\n", "")),
        of("build-input-untracked"),
        ".dockerignore",
    ),
    Defect(
        "F25",
        "a folder renamed in the Compose file only",
        "node",
        edit(COMPOSE, ("    build: backend\n", "    build: api\n")),
        of("build-input-untracked"),
        "api (context) does not exist",
    ),
    Defect("F25", "a folder renamed on the disk only", "rust", renamed, of("build-input-untracked"), "does not exist"),
    Defect(
        "F26",
        "an echo in place of a failure",
        "node",
        edit(FRONTEND, ("RUN npm run build", 'RUN npm run build || echo "failed"')),
        of("build-failure-masked"),
        "npm run build",
    ),
    Defect(
        "F26",
        "a pipe in place of a failure",
        "node",
        edit(FRONTEND, ("RUN npm run build", "RUN npm run build | tee build.log")),
        of("build-failure-masked"),
        "npm run build",
    ),
    Defect(
        "F28",
        "another package manager than the lock's",
        "node",
        installs_with("npm install --omit=dev && npm cache clean --force"),
        of("lockfile-missing"),
        "pnpm-lock.yaml",
    ),
    Defect(
        "F21",
        "local outside of a function",
        "rust",
        script("local count=1", 'echo "$count"', shell="bash"),
        of("shell-script-fragile"),
        "SC2168",
    ),
    Defect(
        "F36",
        "a count that ends the script",
        "node",
        script("failed=0", "((failed++))", 'echo "$failed"', shell="bash"),
        of("shell-script-fragile"),
        "((failed++))",
    ),
    Defect(
        "29",
        "the migration goes on after an error",
        "rust",
        edit(COMPOSE, (STOPS, "psql -X -1 -f")),
        of("shell-script-fragile"),
        "ON_ERROR_STOP",
    ),
    Defect(
        "29",
        "a script's migration goes on after an error",
        "node",
        script("for file in /migrations/*.sql; do", '    psql -f "$file"', "done"),
        of("shell-script-fragile"),
        "ON_ERROR_STOP",
    ),
    Defect(
        "30",
        "a column renamed under the former release",
        "node",
        add(MIGRATION, "alter table orders rename column customer to buyer;\n"),
        of("migration-unsafe"),
        "renaming-column",
    ),
    Defect(
        "30",
        "a column dropped under the former release",
        "rust",
        add(MIGRATION, "alter table orders drop column customer;\n"),
        of("migration-unsafe"),
        "ban-drop-column",
    ),
    Defect(
        "40",
        "whatever was pushed last",
        "node",
        edit(BACKEND, (PULLED, "node:latest\nRUN rm")),
        of("base-image-floating"),
        "node:latest",
    ),
    Defect("F40", "no .dockerignore", "node", remove("backend/.dockerignore"), of("dockerignore-missing")),
    Defect(
        "F40",
        "a .dockerignore that git ignores",
        "node",
        ignored(".dockerignore", "backend/.dockerignore", "frontend/.dockerignore"),
        of("dockerignore-missing"),
        "not tracked",
    ),
    Defect(
        "F40",
        "the start of a secret in the log",
        "rust",
        script('echo "JWT_SECRET: ${JWT_SECRET:0:20}..."', shell="bash"),
        of("shell-script-fragile"),
        "JWT_SECRET",
    ),
)

TWINS = (
    Twin(
        "1 F01",
        "the stub's package is cleaned",
        "rust",
        edit(BACKEND, ("touch src/main.rs && ", "cargo clean --release -p shop && ")),
    ),
    Twin(
        "F03",
        "the program's path as it is",
        "rust",
        edit("backend/Cargo.toml", ("[profile", '[[bin]]\nname = "shop"\npath = "src/main.rs"\n\n[profile')),
    ),
    Twin(
        "F23",
        "the data of a checked query are in the build",
        "rust",
        all_of(
            CHECKED_QUERY,
            add("backend/.sqlx/query-1f.json", '{"db_name": "PostgreSQL"}\n'),
            edit("backend/.dockerignore", ("!src\n", "!src\n!.sqlx\n")),
            edit(BACKEND, ("COPY src src\n", "COPY .sqlx .sqlx\nCOPY src src\nENV SQLX_OFFLINE=true\n")),
        ),
    ),
    Twin(
        "F24",
        "an ignored folder with an exception",
        "rust",
        all_of(COPIES_ASSETS, ignored("assets/*\n!assets/logo.svg", "frontend/assets/logo.svg")),
    ),
    Twin(
        "F24",
        "a .dockerignore that lets a part of a folder in",
        "node",
        edit("backend/.dockerignore", ("!migrations\n", "!migrations/*.sql\n")),
    ),
    Twin(
        "F25",
        "a folder renamed in both places",
        "node",
        all_of(edit(COMPOSE, ("    build: backend\n", "    build: api\n")), renamed),
    ),
    Twin(
        "F26",
        "a failure that stays one",
        "node",
        edit(FRONTEND, ("RUN npm run build", "RUN npm run build || { echo failed; exit 1; }")),
    ),
    Twin(
        "F28",
        "the lock's own package manager",
        "node",
        installs_with("corepack enable && pnpm install --prod --frozen-lockfile"),
    ),
    Twin(
        "F21",
        "local in a function",
        "rust",
        script("count() {", "    local number=1", '    echo "$number"', "}", "count", shell="bash"),
    ),
    Twin(
        "F36",
        "a count that is an assignment",
        "node",
        script("failed=0", "failed=$((failed + 1))", 'echo "$failed"', shell="bash"),
    ),
    Twin("29", "one query of psql", "rust", script("psql -X -c 'select 1'")),
    Twin(
        "29",
        "the option by its long name",
        "rust",
        edit(COMPOSE, (STOPS, "psql -X -1 --set=ON_ERROR_STOP=on -f")),
    ),
    Twin(
        "30",
        "a column more",
        "node",
        add(MIGRATION, "set lock_timeout = '2s';\nalter table orders add column if not exists note text;\n"),
    ),
    Twin(
        "40",
        "latest with its digest",
        "node",
        edit(BACKEND, (PULLED, PULLED.replace("22-alpine", "latest"))),
    ),
    Twin(
        "F40",
        "a .dockerignore of the Dockerfile's own name",
        "node",
        all_of(
            add("backend/Dockerfile.dockerignore", "*\n!package.json\n!package-lock.json\n!migrations\n!src\n"),
            remove("backend/.dockerignore"),
        ),
    ),
    Twin(
        "F40",
        "the length of a secret in the log",
        "rust",
        script('echo "JWT_SECRET has ${#JWT_SECRET} characters"', shell="bash"),
    ),
)


@each_of("defect", DEFECTS)
def test_a_defect_is_found_by_the_check_meant_and_by_no_other(defect: Defect, tmp_path: Path) -> None:
    expect_found(defect, tmp_path)


@each_of("twin", TWINS)
def test_a_clean_twin_raises_nothing(twin: Twin, tmp_path: Path) -> None:
    expect_nothing(twin, tmp_path)
