"""Names, addresses and secrets: each defect alone in a clean stack is found by the check meant, and by no other."""

from __future__ import annotations

from pathlib import Path

from tests.mutations._clean import Site
from tests.mutations._defects import (
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

SHORT = "s3cr3t-of-the-shop"
DATABASE = "postgresql://shop@postgres:5432/shop"
PLAIN = "q7Zr0vJx3TnLw9Kd2sYb8HfG"
_URL = f"DATABASE_URL: {DATABASE}"


def secret(name: str, text: str) -> Change:
    """Another secret."""
    return lambda site: site.write(f"secrets/{name}", f"{text}\n")


def other_password(site: Site) -> None:
    """The database gets a new password file; its callers keep the old one."""
    site.replace(
        COMPOSE,
        "POSTGRES_PASSWORD_FILE: /run/secrets/database_password",
        "POSTGRES_PASSWORD_FILE: /run/secrets/new",
    )
    site.replace(COMPOSE, "secrets: [database_password]\n    tmpfs", "secrets: [database_password, new]\n    tmpfs")
    site.replace(COMPOSE, "\nsecrets:\n", "\nsecrets:\n  new: {file: ./secrets/new}\n")
    site.write("secrets/new", "HfGmPc5uEaXq7Zr0vJx3TnLw9Kd2sYb8\n")


def shared_secret(site: Site) -> None:
    """The tokens are signed with the password of the cache."""
    site.write("secrets/jwt_secret", site.text("secrets/redis_password"))


def tracked_env_file(site: Site) -> None:
    """An env file with a secret is tracked, and the image gets it."""
    site.write("backend/.env", f"JWT_SECRET={PLAIN}\n")
    site.write("backend/.dockerignore", "node_modules\n")
    site.replace("backend/Dockerfile", "COPY src src", "COPY .env ./\nCOPY src src")
    site.commit("backend/.env")


def raw_password(character: str) -> Change:
    """The password stands in the URL as it is, on both sides."""
    password = f"{PLAIN}{character}tail"
    doubled = password.replace("$", "$$") if character == "$" else password

    def change(site: Site) -> None:
        text = site.text(COMPOSE).replace(DATABASE, f"postgresql://shop:{password}@postgres:5432/shop")
        site.write(COMPOSE, text)
        told = "POSTGRES_PASSWORD_FILE: /run/secrets/database_password"
        site.replace(COMPOSE, told, f"POSTGRES_PASSWORD: {doubled}")

    return change


def bundle_at_run_time(site: Site) -> None:
    """The address of the API is given to the container instead of to the build."""
    site.replace(COMPOSE, "      args:\n        VITE_API_URL: ${API_URL:-https://shop.example.com/api}\n", "")
    site.replace(
        COMPOSE,
        "      ADMIN_PASSWORD_FILE",
        "      VITE_API_URL: ${API_URL:-https://shop.example.com/api}\n      ADMIN_PASSWORD_FILE",
    )


DEFECTS = (
    Defect(
        "18 F17",
        "one letter wrong in the database's host",
        "rust",
        edit(COMPOSE, (_URL, _URL.replace("@postgres", "@postgrse"))),
        of("database-url-host-unknown"),
        "postgres is close",
    ),
    Defect(
        "19",
        "a raw @ in the password",
        "node",
        raw_password("@"),
        of("database-url-malformed", "secret-in-environment"),
        "%40",
    ),
    Defect(
        "19",
        "a single $ in the password",
        "node",
        raw_password("$"),
        of("env-required-missing", "secret-in-environment", "database-credentials-disagree"),
        "tail is not set",
    ),
    Defect(
        "20",
        "a new POSTGRES_PASSWORD",
        "node",
        other_password,
        of("database-credentials-disagree"),
        "POSTGRES_PASSWORD_FILE",
    ),
    Defect(
        "21",
        "a new POSTGRES_DB",
        "rust",
        edit(COMPOSE, ("POSTGRES_DB: shop", "POSTGRES_DB: store")),
        of("database-credentials-disagree"),
        "postgres makes store",
    ),
    Defect(
        "21",
        "another POSTGRES_USER",
        "rust",
        edit(COMPOSE, ("POSTGRES_USER: shop", "POSTGRES_USER: keeper")),
        of("database-credentials-disagree"),
        "logs in as shop",
    ),
    Defect("22 F15", "a short JWT secret", "rust", secret("jwt_secret", SHORT), of("jwt-secret-weak")),
    Defect(
        "22", "a placeholder for the JWT secret", "node", secret("jwt_secret", "change-me-" * 5), of("jwt-secret-weak")
    ),
    Defect("22", "one secret for two purposes", "node", shared_secret, of("secret-reused")),
    Defect(
        "23",
        "a variable removed, and the code has a default",
        "rust",
        edit(COMPOSE, ("      PUBLIC_URL: ${PUBLIC_URL:-https://shop.example.com}\n", "")),
        of("env-required-missing"),
        "the default in backend/src/settings.rs:",
    ),
    Defect(
        "23",
        "a variable removed, and the code stops without it",
        "node",
        edit(COMPOSE, ("      JWT_SECRET_FILE: /run/secrets/jwt_secret\n", "")),
        of("env-required-missing"),
        "stops without JWT_SECRET_FILE",
    ),
    Defect(
        "24",
        "CORS_ORIGINS becomes CORS_ORIGIN",
        "node",
        edit("backend.env", ("CORS_ORIGINS", "CORS_ORIGIN")),
        of("env-name-drift"),
        "reads CORS_ORIGINS",
    ),
    Defect(
        "25 F13",
        "one env file for all, so that PORT is the backend's",
        "node",
        edit("frontend.env", ("PORT=3000", "PORT=8081")),
        of("proxy-upstream-unreachable"),
        "3000",
    ),
    Defect("26 F30", "the bundle's address at run time only", "node", bundle_at_run_time, of("env-baked-at-build")),
    Defect(
        "27 F40",
        "an env file tracked and copied into the image",
        "node",
        tracked_env_file,
        of("secret-committed", "dockerignore-missing"),
    ),
    Defect(
        "F14",
        "the panel's env file is not attached",
        "node",
        edit(COMPOSE, ("    env_file: [frontend.env]\n", "")),
        of("env-required-missing"),
        "stops without ADMIN_USERNAME",
    ),
    Defect(
        "F15",
        "BCRYPT_COST becomes BCRYPT_ROUNDS",
        "rust",
        edit(COMPOSE, ("BCRYPT_COST", "BCRYPT_ROUNDS")),
        of("env-name-drift"),
        "reads BCRYPT_COST",
    ),
    Defect(
        "F15",
        "PORT becomes FRONTEND_PORT",
        "node",
        edit("frontend.env", ("PORT=", "FRONTEND_PORT=")),
        of("env-name-drift"),
        "reads PORT",
    ),
    Defect(
        "F15",
        "a required name drifts",
        "rust",
        edit(COMPOSE, ("REDIS_URL:", "REDIS_URI:")),
        of("env-required-missing", "env-name-drift"),
        "REDIS_URI is given and never read",
    ),
)

TWINS = (
    Twin(
        "18 F17",
        "another name that the network knows",
        "rust",
        edit(
            COMPOSE,
            (_URL, _URL.replace("@postgres", "@database")),
            (
                "      POSTGRES_DB: shop\n    networks: [data]",
                "      POSTGRES_DB: shop\n    networks: {data: {aliases: [database]}}",
            ),
        ),
    ),
    Twin("19", "@ and $ in the file of a password", "node", secret("database_password", f"{PLAIN}@$tail")),
    Twin(
        "20",
        "a new password file for all",
        "node",
        all_of(
            secret("new", "HfGmPc5uEaXq7Zr0vJx3TnLw9Kd2sYb8"),
            edit(COMPOSE, ("file: ./secrets/database_password", "file: ./secrets/new")),
        ),
    ),
    Twin(
        "21",
        "another database for all",
        "node",
        edit(
            COMPOSE,
            ("POSTGRES_DB: shop", "POSTGRES_DB: store"),
            (DATABASE, DATABASE.replace(":5432/shop", ":5432/store")),
            (DATABASE, DATABASE.replace(":5432/shop", ":5432/store")),
            ('"-U", "shop", "-d", "shop"', '"-U", "shop", "-d", "store"'),
        ),
    ),
    Twin("22 F15", "a long secret of letters and digits", "rust", secret("jwt_secret", f"{PLAIN}{PLAIN[::-1]}")),
    Twin(
        "23",
        "a variable that has moved to the env file",
        "node",
        all_of(
            edit(COMPOSE, ("      PUBLIC_URL: ${PUBLIC_URL:-https://shop.example.com}\n", "")),
            edit("backend.env", ("LOG_LEVEL", "PUBLIC_URL=https://shop.example.com\nLOG_LEVEL")),
        ),
    ),
    Twin(
        "24",
        "the name in the Compose file in place of the env file",
        "node",
        all_of(
            edit("backend.env", ("CORS_ORIGINS=https://shop.example.com\n", "")),
            edit(COMPOSE, ("      PUBLIC_URL:", "      CORS_ORIGINS: https://shop.example.com\n      PUBLIC_URL:")),
        ),
    ),
    Twin(
        "25 F13",
        "one env file for all, and the panel's own PORT",
        "node",
        all_of(
            edit("frontend.env", ("PORT=3000", "PORT=8081")),
            edit(COMPOSE, ("      ADMIN_PASSWORD_FILE", "      PORT: 3000\n      ADMIN_PASSWORD_FILE")),
        ),
    ),
    Twin(
        "26 F30",
        "the bundle's address written out",
        "node",
        all_of(
            edit(COMPOSE, ("${API_URL:-https://shop.example.com/api}", "https://shop.example.com/api")),
            edit(".env.example", ("API_URL=https://shop.example.com/api\n", "")),
        ),
    ),
    Twin(
        "27 F40",
        "an example of an env file, tracked and copied",
        "node",
        all_of(
            add("backend/.env.example", "JWT_SECRET_FILE=\n"),
            edit("backend/.dockerignore", ("!src\n", "!src\n!.env.example\n")),
            edit("backend/Dockerfile", ("COPY src src", "COPY .env.example ./\nCOPY src src")),
        ),
    ),
    Twin(
        "F14",
        "the panel's variables without an env file",
        "node",
        edit(
            COMPOSE,
            ("    env_file: [frontend.env]\n", ""),
            ("      ADMIN_PASSWORD_FILE", "      ADMIN_USERNAME: admin\n      PORT: 3000\n      ADMIN_PASSWORD_FILE"),
        ),
    ),
    Twin(
        "F15",
        "two names that are alike, and both are read",
        "node",
        all_of(
            edit(
                "backend/src/settings.js",
                ("export const bcrypt", "export const rounds = process.env.BCRYPT_ROUNDS ?? 1;\nexport const bcrypt"),
            ),
            edit("backend.env", ("BCRYPT_COST=12", "BCRYPT_COST=12\nBCRYPT_ROUNDS=2")),
        ),
    ),
)


@each_of("defect", DEFECTS)
def test_a_defect_is_found_by_the_check_meant_and_by_no_other(defect: Defect, tmp_path: Path) -> None:
    expect_found(defect, tmp_path)


@each_of("twin", TWINS)
def test_a_clean_twin_raises_nothing(twin: Twin, tmp_path: Path) -> None:
    expect_nothing(twin, tmp_path)
