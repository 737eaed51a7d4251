"""Real stacks, as people publish them: few entries before the checklist, whatever the number of services."""

from __future__ import annotations

import asyncio
import re
import statistics
from pathlib import Path

import pytest

from flawless.app.check import check
from flawless.app.session import Asked
from flawless.report.as_html import to_html
from flawless.report.terminal import to_terminal
from flawless.testing.from_files import file_ports, write_files

GO = """\
FROM golang:1.18-alpine AS builder
WORKDIR /code
COPY go.mod ./
RUN go mod download
COPY . .
RUN go build -o b
FROM scratch
COPY --from=builder /code/b /b
CMD ["/b"]
"""
NODE = """\
FROM node:lts-buster
WORKDIR /usr/src/app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
CMD ["npm", "start"]
"""
PYTHON = """\
FROM python:3.7-alpine
WORKDIR /code
COPY requirements.txt /code
RUN pip install -r requirements.txt --no-cache-dir
COPY . /code
CMD python app.py
"""
LOCK = '{"name": "x", "lockfileVersion": 3, "packages": {}}'
STACKS = {
    "proxy, backend, database": {
        "compose.yaml": """\
services:
  backend:
    build: backend
    depends_on: {db: {condition: service_healthy}}
    environment: {DATABASE_URL: "postgres://app:sdf9s8df7@db:5432/example"}
  db:
    image: postgres
    restart: always
    volumes: [db-data:/var/lib/postgresql/data]
    environment: [POSTGRES_DB=example, POSTGRES_USER=app, POSTGRES_PASSWORD=sdf9s8df7]
    healthcheck: {test: [CMD, pg_isready], interval: 10s}
  proxy:
    image: nginx
    volumes: ["./nginx.conf:/etc/nginx/conf.d/default.conf:ro"]
    ports: ["80:80"]
    depends_on: [backend]
volumes: {db-data: }
""",
        "nginx.conf": "server {\n  listen 80;\n  location / {\n    proxy_pass http://backend:8000;\n  }\n}\n",
        "backend/Dockerfile": GO,
        "backend/go.mod": "",
    },
    "frontend, backend, database": {
        "compose.yaml": """\
services:
  frontend: {build: web, ports: ["3000:3000"], restart: always, networks: [outer], depends_on: [backend]}
  backend: {build: api, restart: always, networks: [outer, inner], depends_on: [mongo], expose: [3000]}
  mongo: {image: "mongo:4.2.0", restart: always, volumes: ["data:/data/db"], networks: [inner], expose: [27017]}
networks: {outer: , inner: }
volumes: {data: }
""",
        "web/Dockerfile": NODE,
        "api/Dockerfile": NODE,
        **{f"{name}/package.json": '{"name": "x", "version": "1.0.0"}' for name in ("web", "api")},
        **{f"{name}/package-lock.json": LOCK for name in ("web", "api")},
    },
    "web, cache": {
        "compose.yaml": """\
services:
  redis: {image: "redis:7-alpine", ports: ["6379:6379"]}
  web: {build: ., ports: ["8000:8000"], volumes: [".:/code"], depends_on: [redis]}
""",
        "Dockerfile": PYTHON,
        "requirements.txt": "redis==4.5\nflask==2.2\n",
    },
}  # fmt: skip
MANY = {
    "compose.yaml": "services:\n"
    + "".join(f"  s{number}:\n    build: .\n    ports: ['{9000 + number}:80']\n" for number in range(30)),
    "Dockerfile": PYTHON,
    "requirements.txt": "flask==2.2\n",
}


def pages(root: Path, files: dict[str, str]) -> tuple[str, str]:
    """The findings as the terminal shows them, and the whole HTML page."""
    write_files(root, files)
    report = asyncio.run(check(root, file_ports(), Asked(ledger=root / "l.db"), lambda _: None))
    return to_terminal(report, 100).partition("\nChecklist\n")[0], to_html(report)


def entries(text: str) -> int:
    """Checks that are spelled out; what is folded counts as one."""
    shown = text.partition("Protection left out")
    return len(re.findall(r"^  [✘?] ", shown[0], re.MULTILINE)) + bool(shown[2])


def test_a_median_stack_has_about_five_entries(tmp_path: Path) -> None:
    found = {name: entries(pages(tmp_path / name, files)[0]) for name, files in STACKS.items()}
    assert statistics.median(found.values()) <= 6, found


@pytest.mark.parametrize("format_", [0, 1], ids=["terminal", "html"])
def test_thirty_services_are_told_like_one(tmp_path: Path, format_: int) -> None:
    text = pages(tmp_path, MANY)[format_]
    assert text.count("sets no USER, and python:3.7-alpine runs as root") <= (1, 10)[format_]
    assert text.count("create a user in the Dockerfile") == 1


def test_thirty_services_have_as_many_entries_as_one(tmp_path: Path) -> None:
    one = {**MANY, "compose.yaml": "services:\n  s0:\n    build: .\n    ports: ['9000:80']\n"}
    assert entries(pages(tmp_path / "many", MANY)[0]) <= entries(pages(tmp_path / "one", one)[0]) + 1
