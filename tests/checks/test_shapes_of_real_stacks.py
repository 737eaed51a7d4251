"""Shapes that real stacks have and that look like a fault of names or logins: none of the checks says anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from flawless.judging.catalogue import catalogue
from flawless.judging.run import run
from flawless.model.check import Outcome
from flawless.model.keys import EXAMPLE_ENV, INIT_SCRIPTS, SOURCES
from flawless.testing.from_files import observe_files

CHECKS = (
    "env-required-missing",
    "env-name-drift",
    "env-never-read",
    "env-baked-at-build",
    "database-credentials-disagree",
    "query-macro-without-data",
)
ONE_ENV_FILE_FOR_ALL = {
    "compose.yaml": """services:
  db:
    image: postgres:17
    env_file: [.env]
  backend:
    build: {context: ., dockerfile: backend/Dockerfile}
    env_file: [.env]
    environment: {POSTGRES_SERVER: db}
""",
    ".env": "POSTGRES_USER=shop\nPOSTGRES_PASSWORD=q7Zr0vJx3TnLw9\nPOSTGRES_DB=shop\nSHOP_NAME=x\nSTACK=x\n",
    "backend/Dockerfile": 'FROM python:3.12\nCOPY backend/app app\nCMD ["fastapi", "run", "app/main.py"]\n',
    "backend/app/config.py": """from pydantic_settings import BaseSettings, SettingsConfigDict
class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file="../.env")
    SHOP_NAME: str
    POSTGRES_SERVER: str
    POSTGRES_USER: str
    SMTP_HOST: str | None = None
""",
    "frontend/package.json": "{}",
    "frontend/main.js": "if (!process.env.ONLY_THERE) throw 1;",
}
SERVER_THAT_BUNDLES_WHEN_IT_STARTS = {
    "compose.yaml": "services:\n  web: {build: ., environment: {REACT_APP_API: 'http://localhost', PORT: '3000'}}\n",
    "Dockerfile": """FROM node:22 AS dev
COPY . .
CMD ["npm", "start"]
FROM dev AS build
RUN npm run build
FROM dev
""",
    "src/app.js": "export const api = process.env.REACT_APP_API;",
}
ADDRESS_FROM_PARTS = {
    "compose.yaml": """services:
  web:
    build: .
    environment: {DATABASE_HOST: db, DATABASE_USERNAME: shop, DATABASE_NAME: shop, NEXTAUTH_URL: http://x}
  db: {image: 'postgres:16', environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: q7Zr0vJx3TnLw9}}
""",
    "Dockerfile": 'FROM node:22-alpine\nCOPY . .\nENTRYPOINT ["./start.sh"]\nCMD ["node", "server.js"]\n',
    "start.sh": """#!/bin/sh
if [ -z "$DATABASE_URL" ]; then
  if [ -n "$DATABASE_HOST" ]; then
    export DATABASE_URL="postgresql://${DATABASE_USERNAME}@${DATABASE_HOST}/${DATABASE_NAME}"
  else
    exit 1
  fi
fi
exec "$@"
""",
    "server.js": "const url = process.env.DATABASE_URL; const next = process.env.NEXTAUTH_URL;",
}
DJANGO = {
    "compose.yaml": """services:
  web:
    build: app
    env_file: [web.env]
    command: gunicorn shop.wsgi --bind 0.0.0.0:8000
  db: {image: 'postgres:16', environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: q7Zr0vJx3TnLw9}}
""",
    "web.env": """SQL_HOST=db
SQL_USER=shop
DATABASE=postgres
DJANGO_SETTINGS_MODULE=shop.settings
GUNICORN_CMD_ARGS=-w 2
""",
    "app/Dockerfile": 'FROM python:3.12\nCOPY . .\nENTRYPOINT ["/app/entrypoint.sh"]\n',
    "app/entrypoint.sh": '#!/bin/sh\nif [ "$DATABASE" = postgres ]; then nc -z $SQL_HOST 5432; fi\nexec "$@"\n',
    "app/shop/settings.py": 'import os\nHOST = os.environ.get("SQL_HOST", "x")\nUSER = os.environ["SQL_USER"]\n',
    "app/manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
}
NAMES_WITH_A_PREFIX = {
    "compose.yaml": "services:\n  app: {build: ., environment: {SHOP_DATABASE__HOST: db, SHOP_MODE: production}}\n",
    "Dockerfile": "FROM rust:1.88 AS b\nCOPY . .\nENV SQLX_OFFLINE=true\nRUN cargo build\nFROM debian:12\n",
    "Cargo.toml": '[dependencies]\nsqlx = "0.8"\n',
    ".sqlx/query-1.json": "{}",
    "src/main.rs": """fn settings() {
    let mode = std::env::var("SHOP_MODE").unwrap_or_else(|_| "local".into());
    config::Config::builder().add_source(config::Environment::with_prefix("SHOP").separator("__"));
    sqlx::query!("select 1");
}
""",
}
SHAPES = {
    "one env file for all": ONE_ENV_FILE_FOR_ALL,
    "a server that bundles when it starts": SERVER_THAT_BUNDLES_WHEN_IT_STARTS,
    "an address from parts": ADDRESS_FROM_PARTS,
    "django": DJANGO,
    "names with a prefix": NAMES_WITH_A_PREFIX,
}


@pytest.mark.parametrize("files", [pytest.param(files, id=name.replace(" ", "-")) for name, files in SHAPES.items()])
def test_nothing_is_said_of_what_only_looks_like_a_fault(files: dict[str, str], tmp_path: Path) -> None:
    stack, facts = observe_files(tmp_path, files, (SOURCES, INIT_SCRIPTS, EXAMPLE_ENV))
    known = catalogue()
    verdicts = run([(known[name], known[name].rules[0]) for name in CHECKS], stack, facts)
    findings = [(each.check, finding) for each in verdicts for finding in each.findings]
    wrong = [each for each in findings if each[1].outcome not in (Outcome.PASS, Outcome.NOT_APPLICABLE)]
    assert wrong == []
